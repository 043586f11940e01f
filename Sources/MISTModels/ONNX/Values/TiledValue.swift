import MISTFormats

/// `torch.tile` as the TorchScript exporter writes it. Which side lacks dimensions it asks when the graph runs, by two If nodes, of
/// whose branches only the operators are known: they must be the exporter's own.
struct TiledValue {
  /// What is repeated.
  let source: String

  private static let same = ["Identity"]
  /// Ones in front of the numbers of repeats, and in front of the shape.
  private static let longerRepeats = ["Constant", "Reshape", "Expand", "Constant", "Concat"]
  private static let longerShape = ["Constant", "Abs", "Reshape", "Expand", "Concat", "Reshape"]

  /// Nil when `node` is none. `number` gives the one number that a value is.
  init?(_ node: ONNXGraph.Node, in graph: GraphIndex, number: (String) -> Double?) {
    guard node.opType == "Tile", node.inputs.count == 2,
      let shape = Self.choice(node.inputs[0], "Less", Self.longerShape, graph),
      let repeats = Self.choice(node.inputs[1], "Greater", Self.longerRepeats, graph),
      shape == repeats, let excess = number(shape), excess >= 0,
      // The rank that the difference is of belongs to what is repeated.
      let subtraction = graph.node(making: shape), subtraction.opType == "Sub",
      let size = subtraction.inputs.first.flatMap(graph.node(making:)), size.opType == "Size",
      let ranked = size.inputs.first.flatMap(graph.node(making:)), ranked.opType == "Shape",
      let source = ranked.inputs.first
    else { return nil }
    self.source = source
  }

  /// The difference that an If compares with 0.
  private static func choice(
    _ value: String, _ comparison: String, _ operators: [String], _ graph: GraphIndex
  ) -> String? {
    var value = value
    if let cast = graph.node(making: value), cast.opType == "Cast", let input = cast.inputs.first {
      value = input
    }
    guard let choice = graph.node(making: value), choice.opType == "If",
      choice.attributes["then_branch"] == .branch(operators),
      choice.attributes["else_branch"] == .branch(same),
      let condition = choice.inputs.first.flatMap(graph.node(making:)), condition.opType == comparison,
      condition.inputs.count == 2, graph.ints(condition.inputs[1]) == [0]
    else { return nil }
    return condition.inputs[0]
  }
}
