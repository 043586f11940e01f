#if !MIST_WITHOUT_TUNING
  import MISTEdge

  /// The samples of several shards, numbered one after another, each with a class or a mask.
  final class LabelledSamples {
    /// One shard, and the number of its first sample.
    private struct Part {
      let file: MappedInput
      let shard: FeatureShard
      let start: Int
    }

    private var parts: [Part] = []
    let count: Int

    /// Opens all of `paths` for a network of `shape` that differs from the bundle's in classes alone.
    init(_ paths: [Argument], _ bundle: EdgeBundle, _ shape: NetworkShape) throws(Failure) {
      var count = 0
      for path in paths {
        let file = try MappedInput(path)
        let shard = try file.shard(for: bundle, shape)
        guard shard.hasLabels || shard.hasMasks else {
          throw .untunable("tune.no-labels", "the shard says of no sample what it shows", path)
        }
        parts.append(Part(file: file, shard: shard, start: count))
        count += shard.samples
      }
      self.count = count
    }

    private func part(_ index: Int) -> Part {
      var place = parts.count - 1
      while parts[place].start > index { place -= 1 }
      return parts[place]
    }

    /// Writes the features of sample `index` to `inputs`, and gives the pages that they were read from back.
    func load(_ index: Int, into inputs: [UnsafeMutablePointer<Float>]) throws(Failure) {
      let part = part(index)
      do throws(EdgeError) { try part.shard.load(index - part.start, into: inputs) } catch {
        throw .refused(part.file.path, error)
      }
      part.file.release()
    }

    /// The class of sample `index`; nil in segmentation.
    func label(_ index: Int) throws(Failure) -> Int? {
      let part = part(index)
      do throws(EdgeError) { return try part.shard.label(index - part.start) } catch {
        throw .refused(part.file.path, error)
      }
    }

    /// The mask of sample `index`; nil in classification. To be read before the next sample is loaded.
    func mask(_ index: Int) throws(Failure) -> Mask? {
      let part = part(index)
      do throws(EdgeError) {
        let bytes = try part.shard.mask(index - part.start)
        guard let bytes, let size = part.shard.maskSize else { return nil }
        return Mask(bytes: bytes, size: size)
      } catch { throw .refused(part.file.path, error) }
    }

    /// Adds what tells these shards from others: their sizes, what their headers say, and every label.
    func add(to print: inout Fingerprint) throws(Failure) {
      for part in parts {
        let bytes = part.file.bytes
        print.add(bytes.count)
        // The header's length, which opening the shard has checked, and the header.
        let length = Int(UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)))
        print.add(UnsafeRawBufferPointer(rebasing: bytes[0..<8 + length]))
        for sample in part.start..<part.start + part.shard.samples {
          if let mask = try mask(sample) { print.add(mask.bytes) }
          if let label = try label(sample) { print.add(label) }
          if part.shard.hasMasks { part.file.release() }
        }
        part.file.release()
      }
    }
  }
#endif
