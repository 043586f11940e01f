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

  private let tensors: [FeatureTensor]
  private let dtype: FeatureDType
  private let columns: [String: Column]

  init(_ schema: ShardSchema, capacity: Int) {
    tensors = schema.manifest.tensors
    dtype = schema.manifest.dtype
    let computed = schema.tensors(count: 1).filter {
      ![ShardSchema.Name.label, ShardSchema.Name.index].contains($0.name)
    }
    columns = Dictionary(
      uniqueKeysWithValues: computed.map { ($0.name, Column(capacity: capacity, size: $0.byteCount)) })
  }

  deinit { for column in columns.values { column.bytes.deallocate() } }

  /// Stores a sample in `slot`: a buffer per feature tensor, in order, and for segmentation what belongs to its pixels.
  /// Throws `extract.not-finite`.
  func store(_ features: [UnsafeMutableBufferPointer<Float>], _ scene: SceneReader?, in slot: Int) throws {
    for (tensor, values) in zip(tensors, features) {
      guard let column = columns[tensor.name] else { continue }
      try FeatureEncoder.encode(
        UnsafeBufferPointer(values), channels: tensor.channels, dtype: tensor.dtype(in: dtype),
        into: column[slot], scales: columns[tensor.scaleName]?[slot].bindMemory(to: Float.self))
    }
    guard let scene else { return }
    scene.mask.withUnsafeBytes { columns[ShardSchema.Name.mask]?[slot].copyMemory(from: $0) }
    scene.view.withUnsafeBytes { columns[ShardSchema.Name.view]?[slot].copyMemory(from: $0) }
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
    let tensors = schema.tensors(count: kept.count)
    var writer = try SafetensorsWriter(path: path, tensors: tensors, metadata: metadata)
    for name in tensors.map(\.name) {
      switch name {
      case ShardSchema.Name.label:
        try writer.append(name, kept.map { Int64(schema.split.labels[first + $0]).littleEndian })
      case ShardSchema.Name.index:
        try writer.append(name, kept.map { Int64(first + $0).littleEndian })
      default:
        guard let column = columns[name] else { continue }
        for run in Self.runs(kept) {
          let range = run.lowerBound * column.size..<run.upperBound * column.size
          try writer.append(name, UnsafeRawBufferPointer(rebasing: column.bytes[range]))
        }
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
