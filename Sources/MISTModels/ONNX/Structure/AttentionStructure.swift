import MISTFormats

/// A softmax attention found by its two products.
struct AttentionStructure {
  let query: AttentionOperand
  let key: AttentionOperand
  let value: AttentionOperand
  /// Bias of query, key and value in one, where a fused operator adds it.
  let bias: GraphIndex.Constant?
  let heads: Int
  /// The factor before the softmax; nil where an operator has its usual one.
  let scale: Float?
}

extension StructureView {
  /// The attention whose result, read as `joined` token by token, `value` is.
  func attention(_ value: String, joined: String, batch: Int) throws -> AttentionStructure? {
    guard let node = node(value) else { return nil }
    switch (node.domain, node.opType) {
    case ("", "MatMul"), ("ai.onnx", "MatMul"):
      guard let found = try attention(product: node, batch: batch) else { return nil }
      try expectHeads(of: value, joinedIn: joined, batch: batch, heads: found.heads)
      return found
    case ("com.microsoft", "MultiHeadAttention"), ("", "Attention"):
      guard layout.follow(joined, Array(0..<min(2, layout.count(joined) ?? 0)), to: value) != nil,
        let shape = layout.shapes[value], shape.count == 3,
        arrangement(of: joined, from: value, as: .tokens, channels: shape[2], batch: batch).contains(.tokens)
      else { throw unexpected(joined, expected: "an attention's tokens, one after another") }
      return try attention(operator: node, batch: batch)
    default: return nil
    }
  }

  private func attention(product node: ONNXGraph.Node, batch: Int) throws -> AttentionStructure? {
    guard node.inputs.count == 2, node.inputs.allSatisfy({ graph.constant($0) == nil }) else { return nil }
    guard let softmax = try softmax(node.inputs[0]) else {
      throw unexpected(plain(node.inputs[0]), expected: "a softmax before the product with values")
    }
    let scores = try scores(softmax)
    let query = try operand(scores.node.inputs[0], "the query", .heads, batch: batch)
    let key = try operand(scores.node.inputs[1], "the key", .turnedHeads, batch: batch)
    let value = try operand(node.inputs[1], "the value", .heads, batch: batch)
    guard value.factor == 1 else { throw unexpected(node.inputs[1], expected: "values without a factor") }
    guard query.heads == key.heads, query.heads == value.heads else {
      throw unexpected(
        node.outputs.first ?? "", expected: "query, key and value of as many heads",
        found: "\(query.heads), \(key.heads) and \(value.heads)")
    }
    return AttentionStructure(
      query: query, key: key, value: value, bias: nil, heads: query.heads,
      scale: scores.factor * query.factor * key.factor)
  }

  /// Throws unless `joined` has the heads `[…, tokens, channels]` of `value` one after another in each token.
  private func expectHeads(of value: String, joinedIn joined: String, batch: Int, heads: Int) throws {
    guard let shape = layout.shapes[value], shape.count >= 3, let count = layout.count(joined), heads > 0,
      count > 0,
      count == layout.count(value), layout.shapes[joined]?.last == heads * shape[shape.count - 1]
    else { throw unexpected(joined, expected: "the heads' results joined") }
    let (tokens, channels) = (shape[shape.count - 2], shape[shape.count - 1])
    let places = GraphLayout.places(count)
    let wanted = places.map { place in
      let (row, channel) = (place / (heads * channels), place % (heads * channels))
      return ((row / tokens * heads + channel / channels) * tokens + row % tokens) * channels
        + channel % channels
    }
    guard layout.follow(joined, places, to: value) == wanted else {
      throw unexpected(
        joined, expected: "the heads' results joined in each token", found: "another order of elements")
    }
  }

  /// ONNX Runtime's MultiHeadAttention, and the Attention of ONNX 23, with query, key and value apart.
  private func attention(operator node: ONNXGraph.Node, batch: Int) throws -> AttentionStructure? {
    guard node.inputs.count > 2, let output = node.outputs.first,
      node.inputs[..<3].allSatisfy({ !$0.isEmpty && layout.shapes[$0]?.count == 3 })
    else { return nil }
    let isRuntime = !node.domain.isEmpty
    var heads = 0
    if case .int(let n)? = node.attributes[isRuntime ? "num_heads" : "q_num_heads"] { heads = n }
    let others = ["unidirectional", "is_causal", "softcap", "qk_matmul_output_mode"].filter {
      ![nil, .int(0), .float(0)].contains(node.attributes[$0])
    }
    guard heads > 0, isRuntime || node.attributes["kv_num_heads"] == .int(heads), others.isEmpty,
      node.inputs.dropFirst(isRuntime ? 4 : 3).allSatisfy(\.isEmpty)
    else {
      throw unexpected(output, expected: "an attention of all tokens to all, without mask or cache")
    }
    let form = OperandForm.tokens(heads: heads)
    let query = try operand(node.inputs[0], "the query", form, batch: batch)
    let key = try operand(node.inputs[1], "the key", form, batch: batch)
    let value = try operand(node.inputs[2], "the value", form, batch: batch)
    var bias: GraphIndex.Constant?
    if isRuntime, node.inputs.count > 3, !node.inputs[3].isEmpty {
      guard let stored = graph.constant(node.inputs[3]),
        [query, key, value].allSatisfy({ $0.site.bias == nil })
      else { throw unexpected(output, expected: "one stored bias for query, key and value") }
      bias = stored
    }
    guard value.factor == 1, [query, key, value].allSatisfy({ $0.rotation == nil }) else {
      throw unexpected(output, expected: "values without a factor, and no rotation")
    }
    let factor = query.factor * key.factor
    var scale: Float? = factor == 1 ? nil : .nan
    if case .float(let x)? = node.attributes["scale"], x != 0 { scale = x * factor }
    return AttentionStructure(query: query, key: key, value: value, bias: bias, heads: heads, scale: scale)
  }

  /// The softmax that `value` comes from; rows without any key that a mask allows may be set to 0 after it.
  private func softmax(_ value: String) throws -> ONNXGraph.Node? {
    var value = value
    for _ in 0..<Self.walkLength {
      value = plain(value)
      guard let node = node(value) else { return nil }
      switch node.opType {
      case "Softmax":
        let rank = layout.shapes[value]?.count ?? 0
        var axis = graph.graph.opset < 13 ? 1 : -1
        if case .int(let said)? = node.attributes["axis"] { axis = said }
        guard axis == -1 || axis == rank - 1 else {
          throw unexpected(value, expected: "a softmax over the keys", found: "axis \(axis)")
        }
        return node
      case "Where":
        guard node.inputs.count == 3, let test = self.node(node.inputs[0]), test.opType == "IsNaN",
          test.inputs.map(plain) == [plain(node.inputs[2])], number(node.inputs[1]) == 0
        else { return nil }
        value = node.inputs[2]
      default: return nil
      }
    }
    return nil
  }

  /// The product of query and key that `softmax` reads, and the factor between.
  private func scores(_ softmax: ONNXGraph.Node) throws -> (node: ONNXGraph.Node, factor: Float) {
    var factor: Float = 1
    var value = softmax.inputs.first ?? ""
    for _ in 0..<Self.walkLength {
      value = plain(value)
      guard let node = node(value), node.domain.isEmpty else { break }
      if let scaled = scalarFactor(node) {
        factor *= scaled.factor
        value = scaled.value
      } else if node.opType == "Add", node.inputs.count == 2 {
        guard let i = node.inputs.firstIndex(where: isZero) else {
          throw unexpected(
            value, expected: "attention without a mask or bias",
            found: "\(node.inputs.map(describe).joined(separator: " plus "))")
        }
        value = node.inputs[1 - i]
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

  /// Whether `value` is zeros, stored or computed from sizes: a mask that masks nothing.
  private func isZero(_ value: String) -> Bool {
    if let constant = graph.constant(value) { return graph.isAllZero(constant) }
    return layout.array(value)?.values.allSatisfy { $0 == 0 } ?? false
  }
}
