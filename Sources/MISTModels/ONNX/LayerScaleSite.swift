import MISTFormats

/// A layer scale: a product with one factor per channel that belongs to no norm.
struct LayerScaleSite {
  let node: Int
  let factor: GraphIndex.Constant
  let parameter: String

  /// Every layer scale of `graph` that the node's scope calls one and whose factor has no name of its own.
  static func all(in graph: GraphIndex, apartFrom norms: [NormSite]) -> [LayerScaleSite] {
    let normNodes = Set(norms.map(\.node))
    return graph.graph.nodes.indices.compactMap { i in
      let node = graph.graph.nodes[i]
      guard node.opType == "Mul", !normNodes.contains(i),
        let factor = node.inputs.lazy.compactMap(graph.constant).first, factor.tensor.dtype.isFloat,
        factor.tensor.shape.filter({ $0 != 1 }).count == 1,
        graph.parameterName(factor.value).map({ graph.isShared($0, at: factor.value) }) ?? true,
        let module = ScopeName.module(of: node), let suffix = suffix(module)
      else { return nil }
      return LayerScaleSite(node: i, factor: factor, parameter: module + suffix)
    }
  }

  private static func suffix(_ module: String) -> String? {
    let last = module[(module.lastIndex(of: ".").map(module.index(after:)) ?? module.startIndex)...]
    return last.hasPrefix("layer_scale") ? ".lambda1" : last.hasPrefix("ls") ? ".gamma" : nil
  }
}
