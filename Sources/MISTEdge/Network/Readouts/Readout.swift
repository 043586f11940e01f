/// What becomes of the streams after their last block.
public enum Readout: Equatable, Sendable {
  /// LayerNorm, one vector of all tokens, a linear classifier.
  case pooled(Pooling)
  /// A product per position of every map, resized and summed.
  case dense(DenseShape)
}

/// Factors that dropout multiplies with, of the training steps that have any.
public struct DropoutMasks {
  /// `[classifierInput]` on what the classifier reads, not negative.
  public var classifierInput: UnsafePointer<Float>?
  /// `[queries, tokens]` on the attention of an attentive readout, not negative.
  public var attention: UnsafePointer<Float>?

  /// Masks for one step; nil leaves everything as it is.
  public init(classifierInput: UnsafePointer<Float>? = nil, attention: UnsafePointer<Float>? = nil) {
    self.classifierInput = classifierInput
    self.attention = attention
  }
}

extension NetworkShape {
  /// Length of what the classifier reads: where dropout acts. 0 for a linear dense readout, which has no such vector.
  public var classifierInput: Int {
    switch readout {
    case .pooled(.attentive(let own)): streams[0].channels / own.division
    case .pooled(.concat): inputCount
    case .pooled: streams[0].channels
    case .dense(let dense): dense.hidden
    }
  }

  /// Rows of the readout's own attention over tokens, on which dropout acts too; 0 for a readout without.
  public var attentionRows: Int { if case .pooled(.attentive(let own)) = readout { own.queries } else { 0 } }

  /// Why there is no such network; nil where there is.
  public var flaw: ShapeFlaw? {
    if case .pooled(.attentive(let own)) = readout, !own.fits(streams[0].channels) { return .queries }
    if readout == .pooled(.concat) { return body != .streams || depth > 0 || inputNorm ? .concat : nil }
    if readout.isPooled, body == .streams, streams.count > 1 { return .stages }
    guard body == .streams else { return hasPossibleBody ? nil : .body }
    guard depth > 0, function != .attention else { return nil }
    guard readout.isPooled else { return .maps }
    guard function == .dwconv else { return nil }
    if readout.readsFirstToken { return .classToken }
    return streams[0].height < 1 || streams[0].width < 1 || streams[0].prefix < 0 ? .grid : nil
  }

  /// The lowest version of the bundle's format whose readers know it.
  public var minimumReader: UInt32 {
    guard body == .streams else { return body.minimumReader }
    return depth > 0 ? max(readout.minimumReader, function.minimumReader) : readout.minimumReader
  }
}

/// Parts of a shape that do not go together.
public enum ShapeFlaw: Sendable {
  /// The queries of an attentive readout do not divide the channels.
  case queries
  /// Blocks on maps are of attention alone.
  case maps
  /// A convolution never reaches the class token, which alone is read.
  case classToken
  /// A convolution on tokens that are no map.
  case grid
  /// Blocks or an input norm before tokens that are read one after another.
  case concat
  /// Several inputs, which no other pooling reads.
  case stages
  /// Inputs, widths and heads of a body that is not residual streams of their own do not go together.
  case body
}

/// What a readout asks of the streams.
extension Readout {
  /// Whether it is one vector pooled from the tokens of one stream.
  public var isPooled: Bool {
    switch self {
    case .pooled: true
    case .dense: false
    }
  }

  /// The lowest version of the bundle's format whose readers know it.
  var minimumReader: UInt32 {
    switch self {
    case .pooled(.concat): 4
    case .pooled(.attentive): 3
    case .pooled: 1
    case .dense: 2
    }
  }

  /// Whether no other token than the first is looked at after the last block.
  var readsFirstToken: Bool { self == .pooled(.cls) }

  /// Rows R of the product that reads a stream out per token; 0 for none.
  func rows(_ shape: NetworkShape) -> Int {
    switch self {
    case .pooled(.attentive(let own)): own.queries
    case .pooled: 0
    case .dense(let dense): dense.hidden > 0 ? dense.hidden : shape.classes
    }
  }

  /// Whether a LayerNorm stands before that product.
  var rowsNorm: Bool {
    switch self {
    case .pooled(.attentive): true
    case .pooled: false
    case .dense(let dense): dense.norm
    }
  }

  /// The parameter that holds it.
  var rowsName: ParameterName? {
    switch self {
    case .pooled(.attentive): .queries
    case .pooled: nil
    case .dense: .product
    }
  }

  /// Adds the parameters that every stream has for this readout.
  func addParameters(of stream: Int, _ shape: NetworkShape, to table: inout ParameterTable) {
    switch self {
    case .pooled(.attentive(let own)): own.addParameters(of: stream, shape, to: &table)
    case .pooled(.concat): break
    case .pooled: table.addNorm(.normGain, .normBias, shape.streams[stream].channels, stream)
    case .dense(let dense): dense.addParameters(of: stream, shape, to: &table)
    }
  }

  /// Adds its own parameters but for the classifier.
  func addParameters(_ shape: NetworkShape, to table: inout ParameterTable) {
    switch self {
    case .pooled(.attentive(let own)): own.addParameters(shape, to: &table)
    case .pooled: break
    case .dense: table.add(.bias, rows(shape))
    }
  }

  /// Floats that running it may take beside the streams and the classifier.
  func ownFloats(_ shape: NetworkShape) -> UInt64 {
    if case .pooled(.attentive(let own)) = self { own.workingFloats(shape) } else { 0 }
  }

  /// Values of the gradients of the readout's own parameters.
  func gradientCount(_ shape: NetworkShape) -> Int {
    switch self {
    case .pooled(.attentive(let own)): own.gradientCount(shape)
    case .pooled(.concat):
      LinearClassifier.count(length: shape.classifierInput, classes: shape.classes)
    case .pooled: VectorClassifier.count(length: shape.classifierInput, classes: shape.classes)
    case .dense(let dense):
      rows(shape) + (dense.hidden > 0 ? shape.classes * (dense.hidden + 1) : 0)
    }
  }
}
