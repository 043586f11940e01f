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
  /// The first axis that is normalised; all after it are too.
  let axis: Int
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
    var axis = -1
    if case .int(let said)? = node.attributes["axis"] { axis = said }
    let added = node.inputs.count > 2 && !node.inputs[2].isEmpty ? node.inputs[2] : nil
    let bias = added.flatMap(graph.constant)
    guard added == nil || bias != nil else { return nil }
    return NormSite(
      node: i, weight: weight, bias: bias, epsilon: epsilon, axis: axis, input: node.inputs[0],
      output: output)
  }

  // Half-precision exports take the middle of the computation to a wider type and back: Casts are looked through.
  private static func decomposed(_ i: Int, _ graph: GraphIndex) -> NormSite? {
    let division = graph.graph.nodes[i]
    guard division.inputs.count == 2,
      let difference = source(division.inputs[0], graph), difference.opType == "Sub",
      difference.inputs.count == 2, let input = difference.inputs.first,
      let mean = source(difference.inputs[1], graph), let axis = meanAxis(mean, graph),
      mean.inputs[0] == input || uncast(mean.inputs[0], graph) == uncast(input, graph),
      let root = source(division.inputs[1], graph), root.opType == "Sqrt",
      let sum = root.inputs.first.flatMap({ source($0, graph) }), sum.opType == "Add", sum.inputs.count == 2,
      let epsilon = sum.inputs.lazy.compactMap(graph.scalar).first,
      let variance = sum.inputs.lazy.compactMap({ source($0, graph) }).first(where: {
        $0.opType == "ReduceMean"
      }), meanAxis(variance, graph) == axis,
      let square = variance.inputs.first.flatMap({ source($0, graph) }), square.inputs.count == 2,
      square.opType == "Pow" && graph.scalar(square.inputs[1]) == 2
        || square.opType == "Mul" && uncast(square.inputs[0], graph) == uncast(square.inputs[1], graph),
      let squared = source(square.inputs[0], graph), squared.opType == "Sub",
      squared.inputs.map({ uncast($0, graph) }) == difference.inputs.map({ uncast($0, graph) }),
      let scaling = reader(of: division.outputs.first, "Mul", graph)
    else { return nil }
    let addition = reader(of: scaling.output, "Add", graph)
    return NormSite(
      node: scaling.node, weight: scaling.operand, bias: addition?.operand, epsilon: epsilon, axis: axis,
      input: input, output: addition?.output ?? scaling.output)
  }

  /// The one axis that a ReduceMean averages over and keeps.
  private static func meanAxis(_ node: ONNXGraph.Node, _ graph: GraphIndex) -> Int? {
    guard node.opType == "ReduceMean", node.attributes["keepdims"] ?? .int(1) == .int(1) else { return nil }
    var axes = node.inputs.count > 1 ? graph.ints(node.inputs[1]) : nil
    if case .ints(let list)? = node.attributes["axes"] { axes = list }
    return axes?.count == 1 ? axes?[0] : nil
  }

  private static func uncast(_ value: String, _ graph: GraphIndex) -> String {
    guard let node = graph.node(making: value), node.opType == "Cast", let input = node.inputs.first else {
      return value
    }
    return input
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
