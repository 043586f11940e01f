/// One shard of a feature store (`Formats/feature-store.md`), opened for a bundle: the features of the gather that the bundle
/// was trained on, and the labels when there are any. Nothing is copied; the bytes must outlive the value.
public struct FeatureShard {
  public let samples: Int
  public let tokens: Int
  public let channels: Int
  public let type: StoredType
  private let data: UnsafeRawBufferPointer
  private let scales: UnsafeRawBufferPointer?
  private let labels: (element: ShardTensor.Element, bytes: UnsafeRawBufferPointer)?
  private let classes: Int

  public var hasLabels: Bool { labels != nil }

  /// Throws when `bytes` are not a shard, or one whose model, gather, tokens or channels differ from those that the bundle's
  /// head, whose shape is `shape`, was trained on.
  public init(_ bytes: UnsafeRawBufferPointer, for bundle: EdgeBundle, _ shape: HeadShape) throws(EdgeError) {
    try self.init(bytes, source: bundle.source, shape: shape)
  }

  init(_ bytes: UnsafeRawBufferPointer, source: BundleSource, shape: HeadShape) throws(EdgeError) {
    let header = try ShardHeader(bytes, source: source)
    let file = header.file
    try header.check(source, segmentation: false)
    try Self.check(header, source, shape)
    try header.checkEnd()
    guard let features = header.features[0] else { throw EdgeError(.shardMissingTensor) }
    guard case .stored(let type) = features.element else { throw EdgeError(.shardUnknownType) }
    let n = features.shape.0
    let sum = source.gather != .final
    guard
      sum
        ? features.hasShape((n, shape.tokens, shape.channels, 0), dimensions: 3)
        : features.hasShape((n, shape.channels, 0, 0), dimensions: 2)
    else { throw EdgeError(.shardBadShape) }
    data = try features.bytes(in: file)
    samples = n
    self.type = type
    tokens = shape.tokens
    channels = shape.channels
    classes = shape.classes
    scales = type == .int8 ? try Self.scales(header, n, shape, in: file) : nil
    labels = try header.labels.map { (tensor) throws(EdgeError) in
      guard tensor.hasShape((n, 0, 0, 0), dimensions: 1) else { throw EdgeError(.shardBadShape) }
      if case .stored(let type) = tensor.element, type != .int8 { throw EdgeError(.shardUnknownType) }
      return (tensor.element, try tensor.bytes(in: file))
    }
  }

  private static func check(
    _ header: ShardHeader, _ source: BundleSource, _ shape: HeadShape
  ) throws(EdgeError) {
    guard let tokens = header.tokens.flatMap(HeaderScanner.integer),
      let channels = header.channels.flatMap(HeaderScanner.integer)
    else { throw EdgeError(.shardBadMetadata) }
    guard channels == shape.channels else {
      throw EdgeError(.shardChannelsDiffer, expected: shape.channels, found: channels)
    }
    guard source.gather == .final || tokens == shape.tokens else {
      throw EdgeError(.shardTokensDiffer, expected: shape.tokens, found: tokens)
    }
  }

  private static func scales(
    _ header: ShardHeader, _ n: Int, _ shape: HeadShape, in file: UnsafeRawBufferPointer
  ) throws(EdgeError) -> UnsafeRawBufferPointer {
    guard let tensor = header.scales[0] else { throw EdgeError(.shardMissingScale) }
    guard case .stored(.f32) = tensor.element else { throw EdgeError(.shardUnknownType) }
    guard tensor.hasShape((n, shape.tokens, 0, 0), dimensions: 2) else { throw EdgeError(.shardBadShape) }
    return try tensor.bytes(in: file)
  }

  /// Writes sample `index` (below `samples`) as `[tokens, channels]` floats.
  public func load(_ index: Int, into out: UnsafeMutablePointer<Float>) throws(EdgeError) {
    precondition(index >= 0 && index < samples)
    let count = tokens * channels
    guard let base = data.baseAddress else { return }
    let source = base + index * count * type.size
    let scale = scales?.baseAddress.map { $0 + index * tokens * 4 } ?? source
    guard StoredRows.areFinite(type, source, count: count),
      type != .int8 || StoredRows.areScales(scale, count: tokens)
    else { throw EdgeError(.shardNotFinite, found: UInt64(index)) }
    StoredRows.expand(type, source, scales: scale, rows: tokens, columns: channels, into: out)
  }

  /// Hands the bytes of the samples before `index` to `body` once there are a mebibyte more or it was the last sample, so
  /// that a program can give their memory back: all of them, for what was given back may have come again with its huge page.
  /// `start` is what the call before returned, 0 at first.
  public func release(before index: Int, from start: Int, _ body: (UnsafeRawBufferPointer) -> Void) -> Int {
    let end = index * tokens * channels * type.size
    guard end - start >= 1 << 20 || index == samples, end <= data.count, start <= end else { return start }
    body(data.part(0..<end))
    return end
  }

  /// The class of sample `index` (below `samples`); nil when the shard has no labels.
  public func label(_ index: Int) throws(EdgeError) -> Int? {
    precondition(index >= 0 && index < samples)
    guard let labels else { return nil }
    let bytes = labels.bytes
    let value: Int64
    switch labels.element {
    case .u8: value = Int64(bytes[index])
    case .stored: value = Int64(Int8(bitPattern: bytes[index]))
    case .u16, .i16:
      let bits = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
      if case .u16 = labels.element { value = Int64(bits) } else { value = Int64(Int16(bitPattern: bits)) }
    case .u32: value = Int64(bytes.u32(at: 4 * index))
    case .i32: value = Int64(Int32(bitPattern: bytes.u32(at: 4 * index)))
    case .i64: value = Int64(bitPattern: bytes.u64(at: 8 * index))
    case .other: throw EdgeError(.shardUnknownType)
    }
    guard value >= 0, value < Int64(classes) else { throw EdgeError(.shardBadLabel, found: UInt64(index)) }
    return Int(value)
  }
}
