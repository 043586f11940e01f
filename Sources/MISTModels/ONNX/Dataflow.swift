import MISTFormats

/// Walks along values that only change shape, position or scale between a block's products.
struct Dataflow {
  private static let plumbing: Set<String> = [
    "Add", "Mul", "Div", "Reshape", "Transpose", "Split", "Squeeze", "Unsqueeze", "Gather", "Slice", "Cast",
    "Identity",
  ]
  static let activations: Set<String> = ["Erf", "Gelu", "Tanh", "Sigmoid"]

  private let graph: GraphIndex
  init(_ graph: GraphIndex) { self.graph = graph }

  /// Which operands of an attention's two products `value` becomes.
  func attentionOperands(of value: String) -> Set<BlockRole> {
    var roles: Set<BlockRole> = []
    for (i, operand) in reached(from: value) where graph.graph.nodes[i].opType == "MatMul" {
      let node = graph.graph.nodes[i]
      guard node.inputs.count == 2, graph.constant(node.inputs[1]) == nil, let output = node.outputs.first
      else { continue }
      if reached(from: output).contains(where: { graph.graph.nodes[$0.node].opType == "Softmax" }) {
        roles.insert(operand == 0 ? .query : .key)
      } else if operand == 1, sources(of: node.inputs[0]).contains(where: { $0.opType == "Softmax" }) {
        roles.insert(.value)
      }
    }
    return roles
  }

  func reachesActivation(_ value: String) -> Bool {
    reached(from: value).contains { Self.activations.contains(graph.graph.nodes[$0.node].opType) }
  }

  /// Whether `value` is the product of a softmax with values.
  func comesFromAttention(_ value: String) -> Bool {
    sources(of: value).contains { node in
      node.opType == "MatMul" && (node.inputs.first.map(sources) ?? []).contains { $0.opType == "Softmax" }
    }
  }

  func comesFromActivation(_ value: String) -> Bool {
    sources(of: value).contains { Self.activations.contains($0.opType) }
  }

  /// The first nodes that are no plumbing on the ways forward from `value`, with the operand that it becomes.
  private func reached(from value: String) -> [(node: Int, operand: Int)] {
    var found: [(node: Int, operand: Int)] = []
    var pending = [value]
    var seen: Set<String> = [value]
    while let next = pending.popLast() {
      for i in graph.readers(of: next) {
        let node = graph.graph.nodes[i]
        guard let operand = node.inputs.firstIndex(of: next) else { continue }
        // A residual sum (two computed operands) ends the way; it is where another layer begins.
        let isResidual = node.opType == "Add" && !node.inputs.contains { graph.constant($0) != nil }
        if Self.plumbing.contains(node.opType), !isResidual {
          for output in node.outputs where seen.insert(output).inserted { pending.append(output) }
        } else if !isResidual {
          found.append((i, operand))
        }
      }
    }
    return found
  }

  /// The first nodes that are no plumbing on the ways back from `value`.
  private func sources(of value: String) -> [ONNXGraph.Node] {
    var found: [ONNXGraph.Node] = []
    var pending = [value]
    var seen: Set<String> = [value]
    while let next = pending.popLast() {
      guard let node = graph.node(making: next) else { continue }
      guard Self.plumbing.contains(node.opType) else {
        found.append(node)
        continue
      }
      let isArithmetic = ["Add", "Mul", "Div"].contains(node.opType)
      for input in node.inputs.prefix(isArithmetic ? 2 : 1) where seen.insert(input).inserted {
        pending.append(input)
      }
    }
    return found
  }
}
