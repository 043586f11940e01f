import MISTFormats

/// A softmax attention found by its two products.
struct AttentionStructure {
  let query: AttentionOperand
  let key: AttentionOperand
  let value: AttentionOperand
  /// Bias of query, key and value in one, where a fused operator adds it.
  let bias: GraphIndex.Constant?
  let heads: Int?
  /// The factor before the softmax; nil where the graph computes it from shapes.
  let scale: Float?
}

extension StructureView {
  /// The attention whose result `value` is.
  func attention(_ value: String) throws -> AttentionStructure? {
    guard let node = node(root(value)) else { return nil }
    switch (node.domain, node.opType) {
    case ("", "MatMul"), ("ai.onnx", "MatMul"): return try attention(product: node)
    case ("com.microsoft", "MultiHeadAttention"), ("", "Attention"): return try attention(operator: node)
    default: return nil
    }
  }

  private func attention(product node: ONNXGraph.Node) throws -> AttentionStructure? {
    guard node.inputs.count == 2, node.inputs.allSatisfy({ graph.constant($0) == nil }) else { return nil }
    guard let softmax = try softmax(node.inputs[0]) else {
      throw unexpected(root(node.inputs[0]), expected: "a softmax before the product with values")
    }
    let scores = try scores(softmax)
    let query = try operand(scores.node.inputs[0], "the query")
    let key = try operand(scores.node.inputs[1], "the key")
    let value = try operand(node.inputs[1], "the value")
    guard value.factor == 1 else { throw unexpected(node.inputs[1], expected: "values without a factor") }
    let scale = scores.factor.flatMap { a in query.factor.flatMap { b in key.factor.map { a * b * $0 } } }
    return AttentionStructure(
      query: query, key: key, value: value, bias: nil, heads: query.heads, scale: scale)
  }

  /// ONNX Runtime's MultiHeadAttention, and the Attention of ONNX 23, with query, key and value apart.
  private func attention(operator node: ONNXGraph.Node) throws -> AttentionStructure? {
    guard node.inputs.count > 2, let output = node.outputs.first,
      node.inputs[..<3].allSatisfy({ !$0.isEmpty })
    else { return nil }
    let isRuntime = !node.domain.isEmpty
    let query = try operand(node.inputs[0], "the query")
    let key = try operand(node.inputs[1], "the key")
    let value = try operand(node.inputs[2], "the value")
    var bias: GraphIndex.Constant?
    if isRuntime, node.inputs.count > 3, !node.inputs[3].isEmpty {
      guard let stored = graph.constant(node.inputs[3]),
        [query, key, value].allSatisfy({ $0.site.bias == nil })
      else { throw unexpected(output, expected: "one stored bias for query, key and value") }
      bias = stored
    }
    var heads = query.heads
    if case .int(let n)? = node.attributes[isRuntime ? "num_heads" : "q_num_heads"] { heads = n }
    var scale: Float?
    if case .float(let x)? = node.attributes["scale"], x != 0 { scale = x }
    return AttentionStructure(query: query, key: key, value: value, bias: bias, heads: heads, scale: scale)
  }

  /// The softmax that `value` comes from; rows without any key that a mask allows may be set to 0 after it.
  private func softmax(_ value: String) throws -> ONNXGraph.Node? {
    var value = value
    for _ in 0..<Self.walkLength {
      value = root(value)
      guard let node = node(value) else { return nil }
      switch node.opType {
      case "Softmax":
        if case .int(let axis)? = node.attributes["axis"], axis != -1, axis != 3, axis != 2 {
          throw unexpected(value, expected: "a softmax over the keys", found: "axis \(axis)")
        }
        return node
      case "Where":
        guard node.inputs.count == 3, self.node(node.inputs[0])?.opType == "IsNaN",
          let data = node.inputs.dropFirst().first(where: { graph.constant($0) == nil })
        else { return nil }
        value = data
      default: return nil
      }
    }
    return nil
  }

  /// The product of query and key that `softmax` reads, and the factor between.
  private func scores(_ softmax: ONNXGraph.Node) throws -> (node: ONNXGraph.Node, factor: Float?) {
    var factor: Float? = 1
    var value = softmax.inputs.first ?? ""
    for _ in 0..<Self.walkLength {
      value = root(value)
      guard let node = node(value) else { break }
      if let scaled = scalarFactor(node) {
        factor = factor.flatMap { f in scaled.factor.map { f * $0 } }
        value = scaled.value
      } else if node.opType == "Add", node.inputs.count == 2 {
        // A mask: zeros where it is stored, shapes alone decide where it is computed.
        if let i = node.inputs.firstIndex(where: { graph.constant($0) != nil }) {
          if let mask = graph.constant(node.inputs[i]), !graph.isAllZero(mask) {
            throw unexpected(
              value, expected: "attention without a stored mask or bias", found: "\(mask.tensor.name)")
          }
          value = node.inputs[1 - i]
        } else {
          let masks = ["Where", "Expand", "Slice"]
          let i = node.inputs.firstIndex { !masks.contains(self.node(root($0))?.opType ?? "") } ?? 0
          value = node.inputs[i]
        }
      } else if node.opType == "MatMul", node.inputs.count == 2,
        node.inputs.allSatisfy({ graph.constant($0) == nil })
      {
        return (node, factor)
      } else {
        break
      }
    }
    throw unexpected(value, expected: "the product of query and key before the softmax")
  }
}
