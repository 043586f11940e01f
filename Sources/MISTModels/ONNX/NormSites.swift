import MISTFormats

/// A layer norm with its affine parameters: one LayerNormalization node (opset 17), or the arithmetic that older
/// exports write it as: ReduceMean, Sub, Pow, ReduceMean, Add epsilon, Sqrt, Div, Mul weight, Add bias.
package struct NormSite {
  /// The node that reads the weight; its scope is the norm's module.
  let node: Int
  let weight: GraphIndex.Constant
  let bias: GraphIndex.Constant?
  /// Nil where the graph does not hold it as a constant.
  let epsilon: Float?
  /// What is normalised.
  let input: String
  /// The norm's result.
  let output: String

  /// Every norm of `graph`, in file order.
  static func all(in graph: GraphIndex) -> [NormSite] {
    graph.graph.nodes.indices.compactMap { i in
      switch graph.graph.nodes[i].opType {
      case "LayerNormalization": operation(i, graph)
      case "Div": decomposed(i, graph)
      default: nil
      }
    }
  }

  private static func operation(_ i: Int, _ graph: GraphIndex) -> NormSite? {
    let node = graph.graph.nodes[i]
    guard node.inputs.count > 1, let weight = graph.constant(node.inputs[1]), let output = node.outputs.first
    else { return nil }
    var epsilon: Float = 1e-5  // ONNX's default for the attribute
    if case .float(let x)? = node.attributes["epsilon"] { epsilon = x }
    let bias = node.inputs.count > 2 ? graph.constant(node.inputs[2]) : nil
    return NormSite(
      node: i, weight: weight, bias: bias, epsilon: epsilon, input: node.inputs[0], output: output)
  }

  // Half-precision exports take the middle of the computation to a wider type and back: Casts are looked through.
  private static func decomposed(_ i: Int, _ graph: GraphIndex) -> NormSite? {
    let division = graph.graph.nodes[i]
    guard division.inputs.count == 2,
      let difference = source(division.inputs[0], graph), difference.opType == "Sub",
      let input = difference.inputs.first,
      let root = source(division.inputs[1], graph), root.opType == "Sqrt",
      let sum = root.inputs.first.flatMap({ source($0, graph) }), sum.opType == "Add", sum.inputs.count == 2,
      let variance = sum.inputs.lazy.compactMap({ source($0, graph) }).first(where: {
        $0.opType == "ReduceMean"
      }),
      let square = variance.inputs.first.flatMap({ source($0, graph) }),
      square.opType == "Pow" || square.opType == "Mul",
      let scaling = reader(of: division.outputs.first, "Mul", graph)
    else { return nil }
    let addition = reader(of: scaling.output, "Add", graph)
    return NormSite(
      node: scaling.node, weight: scaling.operand, bias: addition?.operand,
      epsilon: sum.inputs.lazy.compactMap(graph.scalar).first, input: input,
      output: addition?.output ?? scaling.output)
  }

  /// The node that makes `value`, before any Cast.
  private static func source(_ value: String, _ graph: GraphIndex) -> ONNXGraph.Node? {
    let node = graph.node(making: value)
    guard let node, node.opType == "Cast", let input = node.inputs.first else { return node }
    return graph.node(making: input)
  }

  /// The only reader of `value`, after any Cast, if it is an `opType` with a stored operand.
  private static func reader(
    of value: String?, _ opType: String, _ graph: GraphIndex
  ) -> (node: Int, operand: GraphIndex.Constant, output: String)? {
    guard let first = graph.soleReader(of: value) else { return nil }
    var (i, read) = (first, value)
    if graph.graph.nodes[i].opType == "Cast" {
      read = graph.graph.nodes[i].outputs.first
      guard let next = graph.soleReader(of: read) else { return nil }
      i = next
    }
    let node = graph.graph.nodes[i]
    guard node.opType == opType, node.inputs.count == 2, let output = node.outputs.first,
      let operand = node.inputs.first(where: { $0 != read }).flatMap(graph.constant)
    else { return nil }
    return (i, operand, output)
  }
}
