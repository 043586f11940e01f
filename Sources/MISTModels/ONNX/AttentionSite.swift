import MISTFormats

/// Heads and scale of one softmax attention, as far as the graph holds them as constants.
struct AttentionSite {
  let heads: Int?
  let scale: Float?
  /// What is reshaped to heads to become the query.
  let query: String?
  /// What turns queries and keys.
  let rotations: [RotationSite]

  /// `width` gives the channels of a query by its value's name, where known.
  init?(softmax: ONNXGraph.Node, width: (String) -> Int?, in graph: GraphIndex) {
    // scale · Q Kᵀ may be written as a factor on the product, on Q, or as its root on both Q and K.
    guard let scores = softmax.inputs.first.flatMap({ Self.walk($0, to: "MatMul", graph) }),
      scores.end.inputs.count == 2, let query = Self.walk(scores.end.inputs[0], to: "Reshape", graph)
    else { return nil }
    let unsplit = query.end.inputs.first
    self.query = unsplit
    let key = Self.walk(scores.end.inputs[1], to: "Reshape", graph, onlyScale: true)
    rotations = scores.end.inputs.compactMap { RotationSite(behind: $0, in: graph) }
    scale = scores.factor.flatMap { a in query.factor.flatMap { b in key?.factor.map { a * b * $0 } } }
    let shape = query.end.inputs.count > 1 ? graph.dimensions(query.end.inputs[1]) : []
    // `[…, heads, channels per head]`: rank 4 for separate queries, 5 with q, k and v in one.
    guard shape.count >= 4 else {
      heads = nil
      return
    }
    if let count = shape[shape.count - 2], count > 0 {
      heads = count
    } else if let width = unsplit.flatMap(width), let channels = shape[shape.count - 1], channels > 0,
      width % channels == 0
    {
      heads = width / channels
    } else {
      heads = nil
    }
  }

  /// Goes back from `value` to the nearest node of type `opType` along the data operand, multiplying the constant
  /// factors on the way; the factor is nil when one is computed.
  private static func walk(
    _ value: String, to opType: String, _ graph: GraphIndex, onlyScale: Bool = false
  ) -> (end: ONNXGraph.Node, factor: Float?)? {
    var value = value
    var factor: Float? = 1
    for _ in 0..<32 {
      guard let node = graph.node(making: value), let first = node.inputs.first else { return nil }
      if node.opType == opType, !onlyScale || graph.dimensions(node.inputs.last).count >= 4 {
        return (node, factor)
      }
      switch node.opType {
      case "Concat":
        guard let rotation = RotationSite(value, in: graph) else { return nil }
        value = rotation.input
      case "Mul", "Div":
        guard node.inputs.count == 2 else { return nil }
        let i = graph.scalar(node.inputs[1]) == nil && graph.scalar(node.inputs[0]) != nil ? 1 : 0
        let x = graph.scalar(node.inputs[1 - i])
        factor = factor.flatMap { f in x.map { node.opType == "Mul" ? f * $0 : f / $0 } }
        value = node.inputs[i]
      case "Add" where node.inputs.count == 2:
        // An attention mask, which has no part in the product.
        value = graph.constant(first) == nil ? first : node.inputs[1]
      case "Reshape", "Transpose", "Cast", "Identity", "Squeeze", "Unsqueeze", "Split", "Slice", "Gather":
        value = first
      default: return nil
      }
    }
    return nil
  }
}
