import MISTFormats

/// What a linear layer does in a transformer block, told by dataflow alone, and what the naming styles call it. Needed
/// for layers without bias in graphs whose nodes carry no scope.
package enum BlockRole: Hashable, Sendable {
  case query, key, value, queryKeyValue, projection, expand, contract

  /// The one name that this role can have in `block` (`blocks.3`), given that `isNamed` says which modules of the
  /// block kept a name; nil if no style fits or two differ.
  func module(in block: String, isNamed: (String) -> Bool) -> String? {
    var names: Set<String> = []
    for style in Architecture.all.lazy.flatMap(\.blockNames) {
      guard let own = style[self] else { continue }
      // A style counts when the block shows another of its attention modules, or all that it names of the MLP.
      let others = style.filter { $0.key != self && $0.key.isAttention }.values
      if others.contains(where: { isNamed(block + "." + $0) }) { names.insert(block + "." + own) }
    }
    return names.count == 1 ? names.first : nil
  }

  private var isAttention: Bool { self != .expand && self != .contract }

  /// The role of `site`, or nil when the dataflow around it is not a transformer block's.
  init?(_ site: ProductSite, in graph: GraphIndex) {
    let forward = Dataflow(graph)
    let input = graph.graph.nodes[site.node].inputs[0]
    if forward.comesFromAttention(input) {
      self = .projection
      return
    }
    if forward.comesFromActivation(input) {
      self = .contract
      return
    }
    switch forward.attentionOperands(of: site.output) {
    case [.query]: self = .query
    case [.key]: self = .key
    case [.value]: self = .value
    case [.query, .key, .value]: self = .queryKeyValue
    default:
      guard forward.reachesActivation(site.output) else { return nil }
      self = .expand
    }
  }
}
