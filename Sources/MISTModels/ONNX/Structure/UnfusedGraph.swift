import MISTFormats

extension ONNXGraph {
  /// The same computation with ONNX Runtime's fused operators (domain `com.microsoft`) written as ONNX's own, as far as
  /// vision transformers have them. A fused operator with an option that has no such form stays as it is.
  func unfused() -> ONNXGraph {
    guard nodes.contains(where: { $0.domain == Unfusing.domain }) else { return self }
    var unfusing = Unfusing()
    for node in nodes { unfusing.add(node, in: self) }
    return ONNXGraph(
      producer: producer, opset: opset, nodes: unfusing.nodes, inputs: inputs, outputs: outputs,
      initializers: initializers)
  }
}

/// Nodes rewritten so far. Values that fusion left without a name are called `OUTPUT::PART`.
private struct Unfusing {
  static let domain = "com.microsoft"
  private(set) var nodes: [ONNXGraph.Node] = []
  private var products: Set<String> = []

  mutating func add(_ node: ONNXGraph.Node, in graph: ONNXGraph) {
    let count = nodes.count
    if node.domain == Self.domain, let output = node.outputs.first { unfuse(node, output) }
    if nodes.count == count { nodes.append(node) }
    for made in nodes[count...] where ["MatMul", "Gemm"].contains(made.opType) {
      products.formUnion(made.outputs)
    }
  }

  private mutating func unfuse(_ node: ONNXGraph.Node, _ output: String) {
    let x = node.inputs.first ?? ""
    switch node.opType {
    case "SkipLayerNormalization": skipLayerNorm(node, output)
    case "Gelu": append(node, "Gelu", [x], output)
    case "BiasGelu": append(node, "Gelu", [biased(node, x, output)], output)
    case "FastGelu":
      append(node, "Gelu", [biased(node, x, output)], output, ["approximate": .string("tanh")])
    case "QuickGelu":
      // x · sigmoid(alpha x)
      var scaled = x
      let alpha = number(node, "alpha", 1.702)
      if alpha != 1 { scaled = times(node, x, alpha, output) }
      append(node, "Sigmoid", [scaled], output + "::sigmoid")
      append(node, "Mul", [x, output + "::sigmoid"], output)
    case "BiasSoftmax":
      guard node.inputs.count == 2 else { return }
      append(node, "Add", node.inputs, output + "::biased")
      append(node, "Softmax", [output + "::biased"], output, ["axis": node.attributes["axis"] ?? .int(1)])
    case "FusedMatMul": fusedMatMul(node, output)
    case "FusedConv":
      guard node.inputs.count < 4, case .string(let activation)? = node.attributes["activation"] else {
        return
      }
      append(node, "Conv", node.inputs, output + "::conv", node.attributes)
      append(node, activation, [output + "::conv"], output)
    default: break
    }
  }

  /// input + skip (+ bias), then the norm; the fourth output is the sum.
  private mutating func skipLayerNorm(_ node: ONNXGraph.Node, _ output: String) {
    guard node.inputs.count > 2 else { return }
    var operands = [node.inputs[0], node.inputs[1]]
    if node.inputs.count > 4, !node.inputs[4].isEmpty {
      // The bias is that of the product among the two.
      let i = products.contains(operands[1]) ? 1 : 0
      append(node, "Add", [operands[i], node.inputs[4]], output + "::biased")
      operands[i] = output + "::biased"
    }
    let named = node.outputs.count > 3 ? node.outputs[3] : ""
    let sum = named.isEmpty ? output + "::sum" : named
    append(node, "Add", operands, sum)
    append(
      node, "LayerNormalization", [sum] + node.inputs.dropFirst(2).prefix(2), output,
      ["epsilon": .float(number(node, "epsilon", 1e-12))])
  }

  private mutating func fusedMatMul(_ node: ONNXGraph.Node, _ output: String) {
    guard node.inputs.count == 2,
      ["transA", "transBatchA", "transBatchB"].allSatisfy({ (node.attributes[$0] ?? .int(0)) == .int(0) })
    else { return }
    var right = node.inputs[1]
    if node.attributes["transB"] == .int(1) {
      append(node, "Transpose", [right], output + "::turned", [ElementMove.lastTwo: .int(1)])
      right = output + "::turned"
    }
    let alpha = number(node, "alpha", 1)
    append(node, "MatMul", [node.inputs[0], right], alpha == 1 ? output : output + "::product")
    guard alpha != 1 else { return }
    append(node, "Constant", [], output + "::alpha", ["value_float": .float(alpha)])
    append(node, "Mul", [output + "::product", output + "::alpha"], output)
  }

  private mutating func biased(_ node: ONNXGraph.Node, _ x: String, _ output: String) -> String {
    guard node.inputs.count > 1, !node.inputs[1].isEmpty else { return x }
    append(node, "Add", [x, node.inputs[1]], output + "::biased")
    return output + "::biased"
  }

  private mutating func times(
    _ node: ONNXGraph.Node, _ x: String, _ factor: Float, _ output: String
  ) -> String {
    append(node, "Constant", [], output + "::factor", ["value_float": .float(factor)])
    append(node, "Mul", [x, output + "::factor"], output + "::scaled")
    return output + "::scaled"
  }

  private func number(_ node: ONNXGraph.Node, _ name: String, _ usual: Float) -> Float {
    if case .float(let x)? = node.attributes[name] { x } else { usual }
  }

  private mutating func append(
    _ fused: ONNXGraph.Node, _ opType: String, _ inputs: [String], _ output: String,
    _ attributes: [String: ONNXGraph.Attribute] = [:]
  ) {
    nodes.append(
      ONNXGraph.Node(
        name: fused.name, opType: opType, domain: "", inputs: inputs, outputs: [output],
        attributes: attributes))
  }
}
