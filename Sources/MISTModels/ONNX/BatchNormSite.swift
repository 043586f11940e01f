import MISTFormats

/// A batch norm that the exporter did not fold into the convolution before it.
struct BatchNormSite {
  let node: Int
  let module: String
  let epsilon: Float
  /// Gain, bias and statistics, with the names that the module gives them.
  let parameters: [(constant: GraphIndex.Constant, name: String)]

  /// Every batch norm of `graph` whose module is known: by its gain's own name, else by the node's scope.
  static func all(in graph: GraphIndex) -> [BatchNormSite] {
    graph.graph.nodes.indices.compactMap { i in
      let node = graph.graph.nodes[i]
      guard node.opType == "BatchNormalization", node.inputs.count >= 5,
        let module = ownModule(node.inputs[1], graph) ?? ScopeName.module(of: node)
      else { return nil }
      var epsilon: Float = 1e-5  // ONNX's default for the attribute
      if case .float(let x)? = node.attributes["epsilon"] { epsilon = x }
      let parts = zip(node.inputs[1...4], ["weight", "bias", "running_mean", "running_var"])
      return BatchNormSite(
        node: i, module: module, epsilon: epsilon,
        parameters: parts.compactMap { value, part in
          graph.constant(value).map { ($0, "\(module).\(part)") }
        })
    }
  }

  private static func ownModule(_ gain: String, _ graph: GraphIndex) -> String? {
    guard let name = graph.parameterName(gain), !graph.isShared(name, at: gain) else { return nil }
    return ParameterName.module(of: name, parameter: "weight")
  }
}
