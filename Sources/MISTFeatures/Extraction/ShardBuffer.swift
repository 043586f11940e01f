import MISTFormats

/// The samples of one shard while they are computed, each thread writing its own slots, laid out as in the file.
/// Safe to share because a slot belongs to one thread until the shard is complete.
final class ShardBuffer: @unchecked Sendable {
  private let manifest: StoreManifest
  private let capacity: Int
  private let values: [UnsafeMutableRawBufferPointer]
  private let scales: [UnsafeMutableBufferPointer<Float>]
  private let final: UnsafeMutableBufferPointer<Float>?

  private var valueBytes: Int { manifest.tokens * manifest.channels * manifest.dtype.elements.size }

  init(_ manifest: StoreManifest, capacity: Int) {
    self.manifest = manifest
    self.capacity = capacity
    let valueBytes = manifest.tokens * manifest.channels * manifest.dtype.elements.size
    values = manifest.gather.map { _ in .allocate(byteCount: capacity * valueBytes, alignment: 64) }
    scales =
      manifest.dtype == .int8
      ? manifest.gather.map { _ in .allocate(capacity: capacity * manifest.tokens) } : []
    final = manifest.final ? .allocate(capacity: capacity * manifest.channels) : nil
  }

  deinit {
    for buffer in values { buffer.deallocate() }
    for buffer in scales { buffer.deallocate() }
    final?.deallocate()
  }

  /// Stores a sample in `slot`: each gather depth's `[T, C]`, and the class token `[C]`.
  func store(
    _ gathers: [UnsafeMutableBufferPointer<Float>], final token: UnsafeMutableBufferPointer<Float>?,
    in slot: Int
  ) throws {
    for (i, gather) in gathers.enumerated() {
      let bytes = UnsafeMutableRawBufferPointer(
        rebasing: values[i][slot * valueBytes..<(slot + 1) * valueBytes])
      let tokens = manifest.tokens
      let scale =
        scales.isEmpty
        ? nil : UnsafeMutableBufferPointer(rebasing: scales[i][slot * tokens..<(slot + 1) * tokens])
      try FeatureEncoder.encode(
        UnsafeBufferPointer(gather), channels: manifest.channels, dtype: manifest.dtype, into: bytes,
        scales: scale)
    }
    if let final, let token {
      _ = try FeatureEncoder.largestMagnitude(UnsafeBufferPointer(token))
      _ = final[(slot * manifest.channels)...].update(fromContentsOf: token)
    }
  }

  /// Writes the shard at `path` with the slots that were not skipped, in order.
  /// `skipped`: by position in the split's files.
  func write(
    _ schema: ShardSchema, path: String, first: Int, listed: Int, skipped: [StoreManifest.SkippedFile]
  ) throws {
    let missing = Set(skipped.map(\.index))
    let kept = (0..<listed).filter { !missing.contains(first + $0) }
    var metadata = schema.metadata(first: first, listed: listed)
    metadata[SkippedList.key] = try SkippedList.text(skipped)
    var writer = try SafetensorsWriter(
      path: path, tensors: schema.tensors(count: kept.count), metadata: metadata)
    try writer.append("label", kept.map { Int64(schema.split.labels[first + $0]).littleEndian })
    try writer.append("index", kept.map { Int64(first + $0).littleEndian })
    func append(_ name: String, _ bytes: UnsafeRawBufferPointer, size: Int) throws {
      for run in Self.runs(kept) {
        try writer.append(
          name, UnsafeRawBufferPointer(rebasing: bytes[run.lowerBound * size..<run.upperBound * size]))
      }
    }
    if let final { try append("final", UnsafeRawBufferPointer(final), size: 4 * manifest.channels) }
    for (k, buffer) in zip(manifest.gather, scales) {
      try append("k\(k).scale", UnsafeRawBufferPointer(buffer), size: 4 * manifest.tokens)
    }
    for (k, buffer) in zip(manifest.gather, values) {
      try append("k\(k)", UnsafeRawBufferPointer(buffer), size: valueBytes)
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
