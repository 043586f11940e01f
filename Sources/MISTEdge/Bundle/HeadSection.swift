/// The bundle's `HEAD` section: which network the weights belong to. Read here, written by `MISTBundle`.
public enum HeadSection {
  /// The number by which a bundle names a kind of network.
  public enum Kind: UInt32, Sendable {
    /// A pooled readout without blocks,
    case linear = 0
    /// and behind blocks of low-rank attention.
    case lae = 1
    /// A dense readout, the streams' blocks of attention included: logits are the sum of the levels' products,
    case mapLinear = 2
    /// or come out of a ReLU and a classifier behind it.
    case mapMLP = 3
    /// A pooled readout behind blocks of another function than attention.
    case blocks = 4
    /// Every token of one input or several, one after another, and a classifier (layer tokens).
    case concat = 5
    /// LAST: a stream of low-rank attention to which a map is added before every block,
    case last = 6
    /// LST: a ladder of narrow transformer blocks on every map,
    case lst = 7
    /// Partial-1: a transformer block, each with the class token as readout.
    case partial1 = 8
  }

  /// The largest sizes that a reader accepts: tokens, channels, classes, blocks and rank.
  public static let maximumTokens = 1 << 16
  public static let maximumChannels = 1 << 14
  public static let maximumClasses = 1 << 16
  public static let maximumDepth = 64
  public static let maximumRank = 1 << 10
  /// Where every kind of head has its number of classes.
  static let classesOffset = 20
  /// Most floats that running a head may take (512 MiB).
  public static let maximumWorkingFloats = 1 << 27

  static func network(
    _ bytes: UnsafeRawBufferPointer, minimumReader: UInt32
  ) throws(EdgeError) -> NetworkShape {
    guard bytes.count >= headerSize else {
      throw EdgeError(.badSectionSize, in: .head, expected: headerSize, found: bytes.count)
    }
    guard let kind = Kind(rawValue: bytes.u32(at: 0)) else {
      throw EdgeError(.unknownHeadKind, in: .head, found: bytes.u32(at: 0))
    }
    guard kind.isBuilt else { throw EdgeError(.headLeftOut, in: .head, found: kind.rawValue) }
    let shape: NetworkShape
    switch kind {
    case .linear, .lae, .blocks: shape = try pooled(bytes, kind)
    case .mapLinear, .mapMLP: shape = try dense(bytes, kind)
    case .last, .lst, .partial1: shape = try body(bytes, kind)
    case .concat: shape = try concat(bytes)
    }
    guard minimumReader >= shape.minimumReader else {
      throw EdgeError(
        .badMapsVersion, in: .head, expected: UInt64(shape.minimumReader), found: UInt64(minimumReader))
    }
    guard shape.flaw == nil else { throw EdgeError(.badHeadDimension, in: .head) }
    let floats = workingFloats(shape)
    guard floats <= UInt64(maximumWorkingFloats) else {
      throw EdgeError(.headTooLarge, in: .head, expected: UInt64(maximumWorkingFloats), found: floats)
    }
    return shape
  }

  /// Floats that a network and one sample take at most: per stream input, readout, projections, folded rows and cross products, with a
  /// pooled readout the attention, or what a convolution keeps; classifier and logits. Strips of bounded size apart. The dimensions' limits keep this below
  /// 2⁶³.
  ///
  /// - Parameter training: Whether what transformer blocks keep for a backward pass counts.
  public static func workingFloats(_ shape: NetworkShape, training: Bool = false) -> UInt64 {
    let classes = UInt64(shape.classes)
    var floats = 2 * classes * UInt64(shape.classifierInput) + shape.readout.ownFloats(shape)
    if let block = shape.body.transformer { return floats + block.workingFloats(shape, training: training) }
    if shape.dense != nil { floats += UInt64(shape.outputCount) * classes }
    for stream in shape.streams {
      let (t, c) = (UInt64(stream.tokens), UInt64(stream.channels))
      let outputRows = UInt64(shape.readout.rows(shape))
      let rows = (UInt64(shape.function.inputRows(shape.rank)) + UInt64(shape.rank)) * UInt64(stream.depth)
      floats += t * (c + outputRows + 2 * rows) + 2 * (outputRows + rows) * c + rows * rows
      guard shape.readout.isPooled, stream.depth > 0 else { continue }
      switch shape.function {
      case .attention: floats += t * t
      case .mlp: break
      case .dwconv: floats += c * (2 * t + 12 * UInt64(stream.depth))
      }
    }
    return floats
  }

  /// The number at `offset`, which must be within `limits`.
  @inline(never)
  static func dimension(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, _ limits: ClosedRange<Int>
  ) throws(EdgeError) -> Int {
    let value = bytes.u32(at: offset)
    guard value <= UInt32(limits.upperBound), value >= UInt32(limits.lowerBound) else {
      throw EdgeError(.badHeadDimension, in: .head, expected: UInt64(limits.upperBound), found: UInt64(value))
    }
    return Int(value)
  }

  static func epsilon(_ bytes: UnsafeRawBufferPointer) throws(EdgeError) -> Float {
    let epsilon = bytes.float(at: 16)
    guard epsilon > 0, epsilon <= 1 else { throw EdgeError(.badEpsilon, in: .head) }
    return epsilon
  }
}

extension NetworkShape {
  /// Floats that a sample's two passes take at most. As with `HeadSection.workingFloats`, whose limit keeps it small, strips of bounded size
  /// apart.
  package var passFloats: UInt64 {
    // Transformer blocks say what they keep for a backward pass; elsewhere it has gradients of what the forward pass made.
    guard body.transformer == nil else { return HeadSection.workingFloats(self, training: true) }
    // Of every block without a low-rank form its input is kept.
    let kept = function.hasRank ? 0 : UInt64(depth * tokens * channels)
    return 2 * HeadSection.workingFloats(self) + kept
  }

  /// Floats that training takes at most, one sample at a time: parameters, a kept copy, their gradients as they are and as the network has
  /// them, Adam's two moments, the network's own form of them, and a sample's passes.
  package var trainingFloats: UInt64 { 6 * UInt64(ParameterTable(self).count) + passFloats }
}
