import MISTFormats

/// The parameter names of one site (product or norm), and what they follow from.
struct SiteNames {
  let weight: String
  let bias: String
  let reason: String

  /// Names for the site of `node`: by a bias or weight that kept its name, else by the node's scope.
  ///
  /// A named tensor that several nodes read proves nothing by itself: graph simplifiers merge equal tensors (the ones
  /// and zeros of untrained norms and biases) under the first one's name. Then the scope decides; nil without one.
  init?(node: ONNXGraph.Node, weight: GraphIndex.Constant, bias: GraphIndex.Constant?, in graph: GraphIndex) {
    let scope = ScopeName.module(of: node)
    func isTrusted(_ name: String, at value: String) -> Bool {
      !graph.isShared(name, at: value) || scope.map { name.hasPrefix($0 + ".") } ?? false
    }
    if let bias, let name = graph.parameterName(bias.value), isTrusted(name, at: bias.value),
      let beside = ParameterName.weight(besideBias: name)
    {
      self.init(weight: beside, bias: name, reason: "\(name) is added after it")
    } else if let name = graph.parameterName(weight.value), isTrusted(name, at: weight.value),
      name.hasSuffix("weight")
    {
      self.init(weight: name, bias: name.dropLast(6) + "bias", reason: "\(name) is the weight beside it")
    } else if let scope {
      self.init(module: scope, reason: "node \(node.name) is in that module")
    } else {
      return nil
    }
  }

  init(module: String, reason: String) {
    self.init(weight: module + ".weight", bias: module + ".bias", reason: reason)
  }

  private init(weight: String, bias: String, reason: String) {
    self.weight = weight
    self.bias = bias
    self.reason = reason
  }
}
