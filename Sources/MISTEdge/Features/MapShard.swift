/// One shard of a feature store for segmentation (`Formats/feature-store.md`), opened for a bundle: the maps of the gather and
/// levels that the bundle was trained on, and the masks when there are any. Nothing is copied; the bytes must outlive the value.
public struct MapShard {
  private struct StoredMap {
    let type: StoredType
    let tokens: Int
    let channels: Int
    let data: UnsafeRawBufferPointer
    let scales: UnsafeRawBufferPointer?

    /// Bytes of one sample.
    var stride: Int { tokens * channels * type.size }
  }

  /// Stands for "ignored" in a mask.
  public static let ignored: UInt8 = 255

  public let samples: Int
  /// Size of the masks: that of the image which the backbone saw.
  public let height: Int
  public let width: Int
  private var maps: [StoredMap] = []
  private let masks: UnsafeRawBufferPointer?
  private let classes: Int

  public var hasMasks: Bool { masks != nil }

  /// Throws when `bytes` are not a shard, or one whose model, gather, levels or sizes differ from those that the bundle's head,
  /// whose shape is `shape`, was trained on.
  public init(_ bytes: UnsafeRawBufferPointer, for bundle: EdgeBundle, _ shape: MapHeadShape)
    throws(EdgeError)
  {
    guard let source = bundle.source.maps else { throw EdgeError(.shardTaskDiffers) }
    let header = try ShardHeader(bytes, source: bundle.source)
    try header.check(bundle.source, segmentation: true)
    (height, width) = (source.height, source.width)
    classes = shape.classes
    try header.check(source, shape)
    try header.checkEnd()
    guard let first = header.features[0] else { throw EdgeError(.shardMissingTensor) }
    let n = first.shape.0
    samples = n
    if let tensor = header.masks {
      guard case .u8 = tensor.element else { throw EdgeError(.shardUnknownType) }
      guard tensor.hasShape((n, height, width, 0), dimensions: 3) else { throw EdgeError(.shardBadShape) }
      masks = try tensor.bytes(in: header.file)
    } else {
      masks = nil
    }
    for (index, level) in shape.levels.enumerated() { maps.append(try Self.map(header, index, level, n)) }
  }

  private static func map(
    _ header: ShardHeader, _ index: Int, _ level: MapHeadShape.Level, _ n: Int
  ) throws(EdgeError) -> StoredMap {
    guard let tensor = header.features[index] else { throw EdgeError(.shardMissingTensor) }
    guard case .stored(let type) = tensor.element else { throw EdgeError(.shardUnknownType) }
    guard tensor.hasShape((n, level.height, level.width, level.channels), dimensions: 4) else {
      throw EdgeError(.shardBadShape)
    }
    var scales: UnsafeRawBufferPointer?
    if type == .int8 {
      guard let tensor = header.scales[index] else { throw EdgeError(.shardMissingScale) }
      guard case .stored(.f32) = tensor.element else { throw EdgeError(.shardUnknownType) }
      guard tensor.hasShape((n, level.height, level.width, 0), dimensions: 3) else {
        throw EdgeError(.shardBadShape)
      }
      scales = try tensor.bytes(in: header.file)
    }
    return StoredMap(
      type: type, tokens: level.tokens, channels: level.channels, data: try tensor.bytes(in: header.file),
      scales: scales)
  }

  /// Writes the map of sample `index` (below `samples`) on the head's level `level` as `[tokens, channels]` floats.
  public func load(_ index: Int, level: Int, into out: UnsafeMutablePointer<Float>) throws(EdgeError) {
    precondition(index >= 0 && index < samples)
    let map = maps[level]
    guard let base = map.data.baseAddress else { return }
    let source = base + index * map.stride
    let scale = map.scales?.baseAddress.map { $0 + index * map.tokens * 4 } ?? source
    guard StoredRows.areFinite(map.type, source, count: map.tokens * map.channels),
      map.type != .int8 || StoredRows.areScales(scale, count: map.tokens)
    else { throw EdgeError(.shardNotFinite, found: UInt64(index)) }
    StoredRows.expand(
      map.type, source, scales: scale, rows: map.tokens, columns: map.channels, into: out)
  }

  /// Writes all of a sample's maps, the head's level i to `inputs[i]`.
  public func load(_ index: Int, into inputs: [UnsafeMutablePointer<Float>]) throws(EdgeError) {
    for level in 0..<min(maps.count, inputs.count) { try load(index, level: level, into: inputs[level]) }
  }

  /// The mask `[height, width]` of sample `index` (below `samples`), every value a class or `ignored`; nil when the shard has
  /// no masks.
  public func mask(_ index: Int) throws(EdgeError) -> UnsafeRawBufferPointer? {
    precondition(index >= 0 && index < samples)
    guard let masks else { return nil }
    let size = height * width
    let mask = masks.part((index * size)..<((index + 1) * size))
    for value in mask where value != Self.ignored && Int(value) >= classes {
      throw EdgeError(.shardBadLabel, found: UInt64(index))
    }
    return mask
  }

  /// Hands the bytes of the samples before `index` to `body` once there are a mebibyte more or it was the last sample, so
  /// that a program can give their memory back: all of them, for what was given back may have come again with its huge page.
  /// `start` is what the call before returned, 0 at first.
  public func release(before index: Int, from start: Int, _ body: (UnsafeRawBufferPointer) -> Void) -> Int {
    let size = height * width
    var bytes = masks == nil ? 0 : size
    for map in maps { bytes += map.stride }
    guard (index - start) * bytes >= 1 << 20 || index == samples, start < index, index <= samples else {
      return start
    }
    for map in maps { body(map.data.part(0..<index * map.stride)) }
    if let masks { body(masks.part(0..<index * size)) }
    return index
  }
}
