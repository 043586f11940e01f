import MISTFormats

/// Rotary position embedding of queries or keys: tokens before the patches as they are, and joined to them the patches'
/// `x · cos + rotate(x) · sin`, where rotate swaps the halves of a head's channels and negates the first.
struct RotationSite {
  /// What is turned, all tokens.
  let input: String
  /// Tokens before the patches, where the graph shows it.
  let prefix: Int?
  /// Factors `[patches, channels]`.
  let cosine: String
  let sine: String

  /// Axes of tokens and of channels in `[batch, heads, tokens, channels]`.
  private static let tokens: Set<Int> = [-2, 2]
  private static let channels: Set<Int> = [-1, 3]

  init(input: String, prefix: Int?, cosine: String, sine: String) {
    (self.input, self.prefix, self.cosine, self.sine) = (input, prefix, cosine, sine)
  }

  /// Nil when `value` is none.
  init?(_ value: String, in graph: GraphIndex) {
    guard let parts = Self.joined(value, Self.tokens, graph), let patches = Self.turned(parts.second, graph),
      let whole = Self.part(patches.input, Self.tokens, graph),
      let before = Self.part(parts.first, Self.tokens, graph), before.isFollowed(by: whole)
    else { return nil }
    input = whole.source
    prefix = before.number
    (cosine, sine) = (patches.cosine, patches.sine)
  }

  /// The rotation that `value`, an operand of an attention's scores, was before it was scaled and transposed.
  init?(behind value: String, in graph: GraphIndex) {
    var value = value
    for _ in 0..<32 {
      guard let node = graph.node(making: value), let first = node.inputs.first else { return nil }
      switch node.opType {
      case "Concat":
        self.init(value, in: graph)
        return
      case "Mul", "Div":
        guard node.inputs.count == 2 else { return nil }
        value = graph.scalar(node.inputs[0]) == nil ? first : node.inputs[1]
      case "Reshape", "Transpose", "Cast", "Identity", "Squeeze", "Unsqueeze": value = first
      default: return nil
      }
    }
    return nil
  }

  /// The value behind Casts.
  private static func source(_ value: String, _ graph: GraphIndex) -> String {
    var value = value
    for _ in 0..<8 {
      guard let node = graph.node(making: value), ["Cast", "Identity"].contains(node.opType),
        let input = node.inputs.first
      else { return value }
      value = input
    }
    return value
  }

  private static func node(_ value: String, _ type: String, _ graph: GraphIndex) -> ONNXGraph.Node? {
    graph.node(making: source(value, graph)).flatMap { $0.opType == type ? $0 : nil }
  }

  /// The two values that `value` joins along one of `axes`.
  private static func joined(
    _ value: String, _ axes: Set<Int>, _ graph: GraphIndex
  ) -> (first: String, second: String)? {
    guard let join = node(value, "Concat", graph), join.inputs.count == 2,
      case .int(let axis)? = join.attributes["axis"], axes.contains(axis)
    else { return nil }
    return (join.inputs[0], join.inputs[1])
  }

  private static func turned(
    _ value: String, _ graph: GraphIndex
  ) -> (input: String, cosine: String, sine: String)? {
    guard let sum = node(value, "Add", graph), sum.inputs.count == 2 else { return nil }
    let products = sum.inputs.compactMap { node($0, "Mul", graph) }.filter { $0.inputs.count == 2 }
    guard products.count == 2 else { return nil }
    for (straight, other) in [(products[0], products[1]), (products[1], products[0])] {
      for i in 0...1 {
        guard let input = swapped(other.inputs[i], graph), let j = straight.inputs.firstIndex(of: input)
        else {
          continue
        }
        return (input, straight.inputs[1 - j], other.inputs[1 - i])
      }
    }
    return nil
  }

  /// What `value` is with its halves swapped and the first negated.
  private static func swapped(_ value: String, _ graph: GraphIndex) -> String? {
    guard let parts = joined(value, channels, graph), let negation = node(parts.first, "Neg", graph),
      let second = negation.inputs.first.flatMap({ part($0, channels, graph) }),
      let first = part(parts.second, channels, graph), first.isFollowed(by: second)
    else { return nil }
    return first.source
  }

  /// One side of a border: a Slice, or an output of a Split in two.
  private struct Part {
    let source: String
    let isFirst: Bool
    /// Where the border is: a value, or the Split.
    let border: String
    /// The same as a number, where the graph shows it.
    let number: Int?

    func isFollowed(by other: Part) -> Bool {
      source == other.source && isFirst && !other.isFirst
        && (border == other.border || number != nil && number == other.number)
    }
  }

  private static func part(_ value: String, _ axes: Set<Int>, _ graph: GraphIndex) -> Part? {
    let value = source(value, graph)
    guard let node = graph.node(making: value), let whole = node.inputs.first else { return nil }
    switch node.opType {
    case "Split" where node.outputs.count == 2:
      guard case .int(let axis)? = node.attributes["axis"], axes.contains(axis) else { return nil }
      let sizes = graph.ints(node.inputs.count > 1 ? node.inputs[1] : nil)
      return Part(
        source: whole, isFirst: value == node.outputs[0], border: "split " + node.outputs[0],
        number: sizes?.first)
    case "Slice" where node.inputs.count > 3:
      guard let axis = graph.ints(node.inputs[3]), axis.count == 1, axes.contains(axis[0]) else { return nil }
      let isFirst = graph.ints(node.inputs[1]) == [0]
      let border = node.inputs[isFirst ? 2 : 1]
      return Part(
        source: whole, isFirst: isFirst, border: unwrapped(border, graph), number: graph.ints(border)?.first)
    default: return nil
    }
  }

  /// What `value` is but for a side of 1.
  private static func unwrapped(_ value: String, _ graph: GraphIndex) -> String {
    var value = value
    for _ in 0..<8 {
      guard let node = graph.node(making: value), ["Unsqueeze", "Reshape", "Cast"].contains(node.opType),
        let input = node.inputs.first
      else { return value }
      value = input
    }
    return value
  }
}

extension RotationSite {
  /// The distinct rotations of the attentions among `nodes`, and whether any turns its query and key differently.
  static func all(in graph: GraphIndex, of nodes: Set<Int>) -> (sites: [RotationSite], isUnequal: Bool) {
    var sites: [RotationSite] = []
    var isUnequal = false
    var turned = 0
    var attentions = 0
    for i in nodes.sorted() where graph.graph.nodes[i].opType == "Softmax" {
      guard let attention = AttentionSite(softmax: graph.graph.nodes[i], width: { _ in nil }, in: graph)
      else {
        continue
      }
      attentions += 1
      let own = attention.rotations
      if !own.isEmpty { turned += 1 }
      if !own.isEmpty, own.count != 2 || !own[0].isLike(own[1]) { isUnequal = true }
      for site in own where !sites.contains(where: site.isLike) { sites.append(site) }
    }
    return (sites, isUnequal || turned > 0 && turned < attentions)
  }

  private func isLike(_ other: RotationSite) -> Bool {
    cosine == other.cosine && sine == other.sine && prefix == other.prefix
  }

  /// Nodes that compute only what `sites` turn by.
  static func nodes(of sites: [RotationSite], in graph: GraphIndex) -> Set<Int> {
    sites.reduce(into: []) {
      $0.formUnion(graph.ancestors(of: $1.cosine).union(graph.ancestors(of: $1.sine)))
    }
  }
}
