import CEdgeIO
import CProcess
import MISTEdge

/// A file mapped for as long as the object lives.
final class MappedInput {
  let path: Argument
  let bytes: UnsafeRawBufferPointer

  init(_ path: Argument) throws(Failure) {
    var base: UnsafeRawPointer?
    var count = 0
    switch mist_io_map(path.text, &base, &count) {
    case MIST_IO_OK: break
    case MIST_IO_NOT_FOUND: throw .notFound(path)
    default: throw .unreadable(path)
    }
    self.path = path
    bytes = UnsafeRawBufferPointer(start: base, count: count)
    mist_process_mapped(base, count, path.text)
  }

  deinit {
    mist_process_unmapped(bytes.baseAddress)
    mist_io_unmap(bytes.baseAddress, bytes.count)
  }

  func bundle() throws(Failure) -> EdgeBundle {
    do throws(EdgeError) { return try EdgeBundle(bytes) } catch { throw .refused(path, error) }
  }

  /// The file as a shard for a bundle, or for a network that differs from the bundle's in classes alone.
  func shard(for bundle: EdgeBundle, _ network: NetworkShape? = nil) throws(Failure) -> FeatureShard {
    let shard: FeatureShard
    do throws(EdgeError) {
      shard = try FeatureShard(
        bytes, task: bundle.task, source: bundle.source, network: network ?? bundle.network)
    } catch { throw .refused(path, error) }
    if shard.precision != bundle.precision { note(shard.precision, trained: bundle.precision) }
    return shard
  }

  /// Says on standard error that the head was chosen by other features; they differ in rounding alone, so it runs.
  private func note(_ precision: FeaturePrecision, trained: FeaturePrecision) {
    let out = Output(descriptor: 2)
    out.argument(path)
    out.text(": the head was trained on features computed in ")
    out.text(trained.name)
    out.text(", and these are computed in ")
    out.text(precision.name)
    out.line(": its results may differ from those it was chosen by")
  }

  /// Gives the memory of the pages read so far back; they come from the file again when they are needed.
  func release() { releaseBytes(bytes) }
}

func releaseBytes(_ bytes: UnsafeRawBufferPointer) { mist_io_release(bytes.baseAddress, bytes.count) }
