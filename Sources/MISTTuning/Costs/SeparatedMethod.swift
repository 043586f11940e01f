import MISTEdge
import MISTModels

/// A method that trains on stored features, the backbone left alone, as Tables 1 and 4 of the paper have it.
package enum SeparatedMethod: Hashable, Sendable {
  case linear
  /// Blocks of a function on the gathered feature.
  case blocks(BlockFunction, depth: Int)
  /// The last block of the backbone, trained.
  case partial1
  /// A ladder side network of width C/8 on every map (arXiv 2206.06522).
  case lst
  /// Low-rank attention with every second map injected (arXiv 2402.04009).
  case last

  /// In the order of the tables.
  package static let all: [SeparatedMethod] =
    [.linear, .partial1, .lst, .last]
    + BlockFunction.all.flatMap { function in [4, 8].map { .blocks(function, depth: $0) } }

  package var title: String {
    switch self {
    case .linear: "linear"
    case .blocks(let function, let depth):
      (function == .attention ? "mist" : function.name.description) + ", \(depth) blocks"
    case .partial1: "partial-1"
    case .lst: "lst"
    case .last: "last"
    }
  }

  /// The row of the tables that a network is of; nil where they have none.
  package init?(_ shape: NetworkShape) {
    guard shape.readout.isPooled else { return nil }
    switch shape.body {
    case .injected: self = .last
    case .ladder: self = .lst
    case .transformer: self = .partial1
    case .streams where shape.depth == 0: self = .linear
    case .streams:
      self = .blocks(shape.function, depth: shape.depth)
      guard Self.all.contains(self) else { return nil }
    }
  }

  /// What it reads of a model of `g`.
  package func feature(_ g: BackboneGeometry) -> Feature {
    switch self {
    case .linear: .final
    case .blocks: .gather(g.blocks)
    case .partial1: .block(g.blocks - 1)
    case .lst: .ladder(1)
    case .last: .ladder(2)
    }
  }

  /// The tensors of that.
  package func inputs(_ g: BackboneGeometry) -> [MapLevel] {
    func maps(_ count: Int, _ tokens: Int) -> [MapLevel] {
      [MapLevel](repeating: MapLevel(level: 1, height: 1, width: tokens, channels: g.channels), count: count)
    }
    return switch self {
    case .linear: maps(1, 1)
    case .blocks, .partial1: maps(1, g.tokens)
    case .lst: maps(g.blocks + 1, g.tokens)
    case .last: maps(Self.injected(g), g.tokens)
    }
  }

  /// Maps that LAST reads: F_0 and every second after it.
  private static func injected(_ g: BackboneGeometry) -> Int { g.blocks / 2 + 1 }

  /// The network for `classes` classes. A convolution reads the mean of all tokens, because it does not reach the class token, and the
  /// perceptron is measured beside it. Throws `training.unsupported-model` for what the method cannot go on from.
  package func shape(_ g: BackboneGeometry, classes: Int) throws -> NetworkShape {
    let row = TokenGrid(prefix: 0, height: 1, width: g.tokens)
    func shape(_ body: Body, epsilon: Float = 1e-6) -> NetworkShape {
      NetworkShape(
        body: body, inputs: inputs(g).count, tokens: g.tokens, channels: g.channels, classes: classes,
        epsilon: epsilon)
    }
    switch self {
    case .linear: return NetworkShape(tokens: 1, channels: g.channels, classes: classes, depth: 0)
    case .blocks(let function, let depth):
      return NetworkShape(
        grid: function == .dwconv ? g.grid : row, channels: g.channels, classes: classes, depth: depth,
        function: function, rank: function.defaultRank, pooling: function == .attention ? .cls : .mean,
        inputNorm: false)
    case .partial1:
      let (block, epsilon) = try g.model.lastBlockShape()
      return shape(.transformer(block), epsilon: epsilon)
    case .lst: return shape(.ladder(try g.model.ladderBlock()))
    case .last: return shape(.injected)
    }
  }
}

/// What papers count of a network: not the classifier, nor a norm before it that is not the backbone's.
extension SeparatedMethod {
  /// Trainable parameters, all of them and those that are no norms, nor biases of matrices.
  func parameters(_ shape: NetworkShape) -> (all: Int, matrices: Int) {
    let isReadout = shape.body.transformer == nil
    var (all, matrices) = (0, 0)
    for parameter in ParameterTable(shape).parameters {
      let isNorm = parameter.name == .normGain || parameter.name == .normBias
      if parameter.name == .classifier || parameter.name == .classifierBias { continue }
      if isReadout, isNorm, parameter.block == nil { continue }
      all += parameter.range.count
      if parameter.isMatrix || parameter.name == .kernelBias { matrices += parameter.range.count }
    }
    return (all, matrices)
  }

  /// How the second of these is counted.
  var matricesTitle: String {
    switch self {
    case .partial1, .lst: "counting matrices alone, without biases and norms"
    case .blocks(.dwconv, _): "counting kernels and their biases, without norms"
    case .linear, .blocks, .last: "counting matrices alone, without norms"
    }
  }
}
