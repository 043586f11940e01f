/// One parameter of a network: its name, its place in the flat parameters, its size, and how training treats it.
public struct Parameter: Sendable {
  /// Values before training.
  public enum Initialisation: UInt8, Sendable {
    case zeros, ones
    /// Xavier's uniform distribution.
    case xavier
    /// Normal with deviation 0.02.
    case normal
  }

  /// Which parameter of the stream, the block or the readout it is.
  public let name: ParameterName
  /// The stream it belongs to, and the block; nil where it belongs to none.
  public let stream: Int?
  public let block: Int?
  public let range: Range<Int>
  /// A vector has one row.
  public let rows: Int
  /// Whether it is a matrix: those are quantised in bundles, and weight decay applies to them.
  public let isMatrix: Bool
  public let initialisation: Initialisation

  /// Columns of the matrix; 1 of a vector.
  public var columns: Int { range.count / rows }
  /// Whether weight decay applies to it.
  public var isDecayed: Bool { isMatrix }
}

/// What a parameter is called within its block, stream or network. Each is declared where it is used.
public struct ParameterName: Equatable, Sendable {
  /// Its name as head files have it.
  public let text: StaticString

  init(_ text: StaticString) { self.text = text }

  public static func == (a: ParameterName, b: ParameterName) -> Bool {
    UnsafeRawBufferPointer(start: a.text.utf8Start, count: a.text.utf8CodeUnitCount).equals(b.text)
  }

  /// Gain and bias of a LayerNorm `[C]`: of a block, or before the readout.
  package static let normGain = ParameterName("norm.weight")
  package static let normBias = ParameterName("norm.bias")
  /// The LayerNorm on a stream's input `[C]`.
  package static let inputGain = ParameterName("input_norm.weight")
  package static let inputBias = ParameterName("input_norm.bias")
  /// Classifier `[classes, …]` and its bias `[classes]`.
  package static let classifier = ParameterName("classifier.weight")
  package static let classifierBias = ParameterName("classifier.bias")
}

/// All parameters of a network in the order of the flat buffer that training, its optimiser, the head file and the bundle share.
/// Nothing else says which parameters a network has.
public struct ParameterTable: Sendable {
  /// The parameters in the order of the buffer.
  public private(set) var parameters: [Parameter] = []
  /// Number of values.
  public private(set) var count = 0

  /// The parameters of a network of this shape.
  public init(_ shape: NetworkShape) {
    if let block = shape.body.transformer {
      Body.addParameters(block, shape, to: &self)
    } else {
      addStreams(shape)
    }
    guard shape.classifierInput > 0 else { return }
    // Of thousands of inputs random weights would be a loud start.
    let start: Parameter.Initialisation = shape.readout == .pooled(.concat) ? .zeros : .normal
    add(.classifier, rows: shape.classes, shape.classifierInput, start)
    add(.classifierBias, shape.classes)
  }

  private mutating func addStreams(_ shape: NetworkShape) {
    for stream in 0..<shape.streams.count {
      let c = shape.streams[stream].channels
      if shape.inputNorm { addNorm(.inputGain, .inputBias, c, stream) }
      for block in 0..<shape.streams[stream].depth {
        shape.function.addParameters(c, rank: shape.rank, stream, block, to: &self)
      }
      // An injected stream is read out once, at its end.
      guard shape.body == .streams || stream == shape.streams.count - 1 else { continue }
      shape.readout.addParameters(of: stream, shape, to: &self)
    }
    shape.readout.addParameters(shape, to: &self)
  }

  /// Adds a vector of `columns`, or a matrix of `rows`.
  @inline(never)
  mutating func add(
    _ name: ParameterName, rows: Int = 0, _ columns: Int, _ initialisation: Parameter.Initialisation = .zeros,
    _ stream: Int? = nil, _ block: Int? = nil
  ) {
    let end = count + max(rows, 1) * columns
    parameters.append(
      Parameter(
        name: name, stream: stream, block: block, range: count..<end, rows: max(rows, 1), isMatrix: rows > 0,
        initialisation: initialisation))
    count = end
  }

  /// Adds the gain and bias of a LayerNorm.
  mutating func addNorm(
    _ gain: ParameterName, _ bias: ParameterName, _ columns: Int, _ stream: Int? = nil, _ block: Int? = nil
  ) {
    add(gain, columns, .ones, stream, block)
    add(bias, columns, .zeros, stream, block)
  }

  /// Where a parameter lies; empty for one that the network does not have.
  @inline(never)
  package func range(_ name: ParameterName, stream: Int? = nil, block: Int? = nil) -> Range<Int> {
    for p in parameters where p.stream == stream && p.block == block && p.name == name { return p.range }
    return 0..<0
  }
}

// Names are for files; a runtime has only places.
#if !hasFeature(Embedded)
  extension ParameterTable {
    /// A parameter's name in a head file (`Formats/head.md`): `blocks.0.qkv.weight`, of a network on maps
    /// `levels.1.blocks.0.qkv.weight`, of one input of several `maps.1.down.weight`, and `classifier.weight`.
    public func fileName(of parameter: Parameter, in shape: NetworkShape) -> String {
      var name = parameter.name.text.description
      // A block of an injected stream has its input's number.
      let isInjected = shape.body == .injected
      if let block = parameter.block {
        name = "blocks.\((isInjected ? parameter.stream : nil) ?? block)." + name
      }
      guard let stream = parameter.stream, !isInjected else { return name }
      if shape.dense != nil { name = "levels.\(stream)." + name }
      return shape.body.isLadder ? "maps.\(stream)." + name : name
    }
  }

  extension Parameter {
    /// Its shape in a file: `[rows, columns]`, or `[length]` of a vector.
    public var shape: [Int] { isMatrix ? [rows, columns] : [range.count] }
  }
#endif
