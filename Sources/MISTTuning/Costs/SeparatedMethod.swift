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

  /// The network for `classes` classes; nil for those that are known by their formulas alone. A convolution reads the mean of all
  /// tokens, because it does not reach the class token, and the perceptron is measured beside it.
  package func shape(_ g: BackboneGeometry, classes: Int) -> NetworkShape? {
    let row = TokenGrid(prefix: 0, height: 1, width: g.tokens)
    return switch self {
    case .linear: NetworkShape(tokens: 1, channels: g.channels, classes: classes, depth: 0)
    case .blocks(let function, let depth):
      NetworkShape(
        grid: function == .dwconv ? g.grid : row, channels: g.channels, classes: classes, depth: depth,
        function: function, rank: function.defaultRank, pooling: function == .attention ? .cls : .mean,
        inputNorm: false)
    case .partial1, .lst, .last: nil
    }
  }
}

/// What papers count of a method: neither the classifier nor the norm before it, but for Partial-1, which trains that norm.
extension SeparatedMethod {
  /// Trainable parameters, all of them and the matrices (with convolutions' kernels and biases) alone.
  package func parameters(_ g: BackboneGeometry) -> (all: Int, matrices: Int) {
    let c = g.channels
    switch self {
    case .linear: return (0, 0)
    case .blocks(_, let depth):
      let all = shape(g, classes: 1)?.bodyParameters ?? 0
      return (all, all - 2 * c * depth)
    case .partial1: return (g.blockParameters + 2 * c, g.blockMatrices)
    case .lst:
      let w = c / 8
      let block = 12 * w * w + 13 * w
      let matrices = (g.blocks + 1) * c * w + g.blocks * 12 * w * w + c * w
      return ((g.blocks + 1) * (c * w + w) + g.blocks * (block + 1) + 2 * w + c * w + c, matrices)
    case .last:
      let maps = Self.injected(g)
      let matrices = maps * 4 * BlockFunction.attention.defaultRank * c
      return (matrices + maps * 2 * c, matrices)
    }
  }

  /// How the second of these is counted.
  var matricesTitle: String {
    switch self {
    case .partial1, .lst: "counting matrices alone, without biases and norms"
    case .blocks(.dwconv, _): "counting kernels and their biases, without norms"
    case .linear, .blocks, .last: "counting matrices alone, without norms"
    }
  }

  /// Multiply-adds on the edge, with neither a last block's single row nor the exact low-rank form.
  package func multiplyAdds(_ g: BackboneGeometry) -> MultiplyAdds {
    let (t, c) = (g.tokens, g.channels)
    switch self {
    case .linear, .blocks: return shape(g, classes: 1)?.bodyMultiplyAdds ?? MultiplyAdds()
    case .partial1: return MultiplyAdds(products: t * g.blockMatrices, attention: t * t * c)
    case .lst:
      let w = c / 8
      let ends = MultiplyAdds(products: (g.blocks + 2) * t * c * w)
      return ends + g.blocks * MultiplyAdds(products: t * 12 * w * w, attention: t * t * w)
    case .last:
      let r = BlockFunction.attention.defaultRank
      return Self.injected(g) * MultiplyAdds(products: t * 4 * r * c, attention: t * t * r)
    }
  }
}
