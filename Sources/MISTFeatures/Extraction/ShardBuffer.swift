import MISTEdge
import MISTFormats

/// The samples of one shard while they are computed, each thread writing its own slots, laid out as in the file.
/// Safe to share because a slot belongs to one thread until the shard is complete.
final class ShardBuffer: @unchecked Sendable {
  /// A tensor of the shard: `[capacity, …]`.
  private struct Column {
    let bytes: UnsafeMutableRawBufferPointer
    /// Bytes of one sample.
    let size: Int

    init(capacity: Int, size: Int) {
      self.size = size
      bytes = .allocate(byteCount: capacity * size, alignment: 64)
    }

    subscript(slot: Int) -> UnsafeMutableRawBufferPointer {
      UnsafeMutableRawBufferPointer(rebasing: bytes[slot * size..<(slot + 1) * size])
    }
  }

  /// A feature's tensor as it is stored.
  private struct Stored {
    let name: String
    let scales: String
    let offsets: String
    let checksums: String
    let channels: Int
    let dtype: StoredType
  }

  private let features: [Stored]
  private let columns: [String: Column]
  private let crc = CRC32()

  init(_ schema: ShardSchema, capacity: Int) {
    features = schema.manifest.tensors.map {
      Stored(
        name: $0.name, scales: $0.scaleName, offsets: $0.offsetName, checksums: $0.checksumName,
        channels: $0.channels,
        dtype: $0.dtype(in: schema.manifest.dtype))
    }
    let computed = schema.tensors(count: 1).filter { $0.name != ShardSchema.index }
    columns = Dictionary(
      uniqueKeysWithValues: computed.map { ($0.name, Column(capacity: capacity, size: $0.byteCount)) })
  }

  deinit { for column in columns.values { column.bytes.deallocate() } }

  /// Stores a sample in `slot`: a buffer per feature tensor, in order, and the bytes of its target's tensors.
  /// Throws `extract.not-finite`.
  func store(
    _ values: [UnsafeMutableBufferPointer<Float>], _ target: [(name: String, bytes: [UInt8])], in slot: Int
  ) throws {
    for (tensor, values) in zip(features, values) {
      guard let column = columns[tensor.name] else { continue }
      do {
        try FeatureEncoder.encode(
          UnsafeBufferPointer(values), channels: tensor.channels, dtype: tensor.dtype,
          into: column[slot], scales: columns[tensor.scales]?[slot].bindMemory(to: Float.self),
          offsets: columns[tensor.offsets]?[slot].bindMemory(to: Float.self))
      } catch let error as MISTError {
        throw error.within("tensor '\(tensor.name)'")
      }
      if let checksums = columns[tensor.checksums] {
        var sum = crc.checksum(UnsafeRawBufferPointer(column[slot]))
        for more in [tensor.scales, tensor.offsets] {
          if let part = columns[more] { sum = crc.checksum(UnsafeRawBufferPointer(part[slot]), from: sum) }
        }
        checksums[slot].storeBytes(of: sum.littleEndian, as: UInt32.self)
      }
    }
    for (name, bytes) in target {
      bytes.withUnsafeBytes { columns[name]?[slot].copyMemory(from: $0) }
    }
  }

  /// Writes the shard at `path` with the slots that were not skipped, in order.
  /// `skipped`: by position in the split's files.
  func write(
    _ schema: ShardSchema, path: String, first: Int, listed: Int, skipped: [StoreManifest.SkippedFile],
    counts: SplitCounts
  ) throws {
    let missing = Set(skipped.map(\.index))
    let kept = (0..<listed).filter { !missing.contains(first + $0) }
    var metadata = schema.metadata(first: first, listed: listed)
    metadata[SkippedList.key] = try SkippedList.text(skipped)
    metadata.merge(counts.metadata) { own, _ in own }
    let tensors = schema.tensors(count: kept.count)
    var writer = try SafetensorsWriter(path: path, tensors: tensors, metadata: metadata)
    for name in tensors.map(\.name) {
      guard let column = columns[name] else {
        try writer.append(name, kept.map { Int64(first + $0).littleEndian })
        continue
      }
      for run in Self.runs(kept) {
        let range = run.lowerBound * column.size..<run.upperBound * column.size
        try writer.append(name, UnsafeRawBufferPointer(rebasing: column.bytes[range]))
      }
    }
    try writer.finish()
  }

  /// Ascending slots as maximal ranges.
  private static func runs(_ slots: [Int]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for slot in slots {
      if let last = runs.last, last.upperBound == slot {
        runs[runs.count - 1] = last.lowerBound..<slot + 1
      } else {
        runs.append(slot..<slot + 1)
      }
    }
    return runs
  }
}
