/// One shard of a feature store (`Formats/feature-store.md`), opened for a bundle: the features that the bundle was trained on, and
/// the labels or masks when there are any. Nothing is copied; the bytes must outlive the value.
public struct FeatureShard {
  /// Number of samples n.
  public let samples: Int
  /// Size of the masks: that of the image which the backbone saw; nil for classification.
  public let maskSize: MapSize?
  /// In what the features' backbone was computed; a bundle reads any.
  public let precision: FeaturePrecision
  /// What the network's streams read.
  private var streams: [StoredFeature] = []
  private let labels: ShardLabels?
  private let masks: UnsafeRawBufferPointer?
  private let classes: Int

  /// Whether samples have a class, or a mask.
  public var hasLabels: Bool { labels != nil }
  public var hasMasks: Bool { masks != nil }

  /// Throws when `bytes` are not a shard, or one whose task, model, gather or sizes differ from those that the bundle's network
  /// was trained on.
  public init(_ bytes: UnsafeRawBufferPointer, for bundle: EdgeBundle) throws(EdgeError) {
    try self.init(bytes, task: bundle.task, source: bundle.source, network: bundle.network)
  }

  /// The same of a bundle's parts: of a network with more classes than the bundle has, for one.
  package init(
    _ bytes: UnsafeRawBufferPointer, task: BundleTask, source: BundleSource, network: NetworkShape
  ) throws(EdgeError) {
    let header = try ShardHeader(bytes, source: source)
    try header.check(source, task)
    if let maps = source.maps {
      try header.check(maps, network)
    } else {
      try header.checkTokens(source, network)
    }
    try header.checkEnd()
    guard let first = header.features[0] else { throw EdgeError(.shardMissingTensor) }
    let n = first.shape.0
    samples = n
    guard let precision = header.precision.map(FeaturePrecision.init) ?? .f32 else {
      throw EdgeError(.shardBadMetadata)
    }
    self.precision = precision
    classes = network.classes
    for index in 0..<network.streams.count {
      streams.append(try Self.feature(header, index, network.streams[index], n, source))
    }
    labels =
      try source.maps == nil
      ? header.labels.map { (tensor) throws(EdgeError) in
        try ShardLabels(tensor, n, in: header.file)
      } : nil
    let size = source.maps?.size
    maskSize = size
    guard let size, let tensor = header.masks else {
      masks = nil
      return
    }
    guard case .u8 = tensor.element else { throw EdgeError(.shardUnknownType) }
    guard tensor.hasShape((n, size.height, size.width, 0), dimensions: 3) else {
      throw EdgeError(.shardBadShape)
    }
    masks = try tensor.bytes(in: header.file)
  }

  private static func feature(
    _ header: ShardHeader, _ index: Int, _ stream: StreamShape, _ n: Int, _ source: BundleSource
  ) throws(EdgeError) -> StoredFeature {
    guard let tensor = header.features[index] else { throw EdgeError(.shardMissingTensor) }
    guard case .stored(let type) = tensor.element else { throw EdgeError(.shardUnknownType) }
    let isRight =
      source.maps != nil
      ? tensor.hasShape((n, stream.height, stream.width, stream.channels), dimensions: 4)
      : source.feature == .final
        ? tensor.hasShape((n, stream.channels, 0, 0), dimensions: 2)
        : tensor.hasShape((n, stream.tokens, stream.channels, 0), dimensions: 3)
    guard isRight else { throw EdgeError(.shardBadShape) }
    func rows(_ tensor: ShardTensor?) throws(EdgeError) -> UnsafeRawBufferPointer {
      guard let tensor else { throw EdgeError(.shardMissingScale) }
      guard case .stored(.f32) = tensor.element else { throw EdgeError(.shardUnknownType) }
      let isRight =
        source.maps != nil
        ? tensor.hasShape((n, stream.height, stream.width, 0), dimensions: 3)
        : tensor.hasShape((n, stream.tokens, 0, 0), dimensions: 2)
      guard isRight else { throw EdgeError(.shardBadShape) }
      return try tensor.bytes(in: header.file)
    }
    let isCoded = type == .int8
    let checksums = try header.checksums[index].map { (tensor) throws(EdgeError) in
      guard case .u32 = tensor.element else { throw EdgeError(.shardUnknownType) }
      guard tensor.hasShape((n, 0, 0, 0), dimensions: 1) else { throw EdgeError(.shardBadShape) }
      return try tensor.bytes(in: header.file)
    }
    return StoredFeature(
      type: type, tokens: stream.tokens, channels: stream.channels, data: try tensor.bytes(in: header.file),
      scales: isCoded ? try rows(header.scales[index]) : nil,
      offsets: isCoded && header.hasOffsets ? try rows(header.offsets[index]) : nil,
      checksums: checksums)
  }

  /// Writes the features of sample `index` (below `samples`): stream i's `[tokens, channels]` floats to `inputs[i]`.
  public func load(_ index: Int, into inputs: [UnsafeMutablePointer<Float>]) throws(EdgeError) {
    precondition(index >= 0 && index < samples)
    for place in 0..<min(streams.count, inputs.count) { try streams[place].load(index, into: inputs[place]) }
  }

  /// Whether a network of integers can read it: one tensor of `int8`.
  package var isInteger: Bool { streams.count == 1 && streams[0].type == .int8 }

  /// The same into a network's scratch memory; that of integers takes such a shard alone.
  package func load<K: EdgeKernels>(
    _ index: Int, into scratch: NetworkScratch, _ kernels: K.Type
  ) throws(EdgeError) {
    guard let tokens = scratch.integers else { return try load(index, into: scratch.inputs) }
    precondition(index >= 0 && index < samples)
    try streams[0].load(index, into: tokens, K.self)
  }

  /// The class of sample `index` (below `samples`); nil when the shard has no labels.
  public func label(_ index: Int) throws(EdgeError) -> Int? {
    precondition(index >= 0 && index < samples)
    guard let labels else { return nil }
    let value = try labels[index]
    guard value >= 0, value < Int64(classes) else { throw EdgeError(.shardBadLabel, found: UInt64(index)) }
    return Int(value)
  }

  /// The mask of sample `index` (below `samples`), row by row, every value a class or `ClassMap.ignored`; nil when the shard has no masks.
  public func mask(_ index: Int) throws(EdgeError) -> UnsafeRawBufferPointer? {
    precondition(index >= 0 && index < samples)
    guard let masks, let size = maskSize?.count else { return nil }
    let mask = masks.part((index * size)..<((index + 1) * size))
    for value in mask where value != ClassMap.ignored && Int(value) >= classes {
      throw EdgeError(.shardBadLabel, found: UInt64(index))
    }
    return mask
  }

  /// Hands the bytes of the samples before `index` to `body` once there are 256 KiB more or it was the last sample, so
  /// that a program can give their memory back: all of them, for what was given back may have come again with its huge page.
  /// `start` is what the call before returned, 0 at first.
  public func release(before index: Int, from start: Int, _ body: (UnsafeRawBufferPointer) -> Void) -> Int {
    let size = masks == nil ? 0 : maskSize?.count ?? 0
    var bytes = size
    for stream in streams { bytes += stream.stride }
    guard (index - start) * bytes >= 1 << 18 || index == samples, start < index, index <= samples else {
      return start
    }
    for stream in streams {
      body(stream.data.part(0..<index * stream.stride))
      for rows in [stream.scales, stream.offsets] {
        if let rows { body(rows.part(0..<index * stream.tokens * 4)) }
      }
    }
    if let masks { body(masks.part(0..<index * size)) }
    return index
  }
}
