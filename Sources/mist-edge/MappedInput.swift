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

  func shard(for bundle: EdgeBundle) throws(Failure) -> FeatureShard {
    do throws(EdgeError) { return try FeatureShard(bytes, for: bundle) } catch {
      throw .refused(path, error)
    }
  }

  /// Gives the memory of the pages read so far back; they come from the file again when they are needed.
  func release() { releaseBytes(bytes) }
}

func releaseBytes(_ bytes: UnsafeRawBufferPointer) { mist_io_release(bytes.baseAddress, bytes.count) }
