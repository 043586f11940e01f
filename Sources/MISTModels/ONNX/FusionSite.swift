import MISTFormats

/// The join of several levels' maps in front of a convolution, as a SegFormer's decode head has it.
struct FusionSite {
  let fusion: GraphHints.Fusion

  /// Nil where the convolution's input is no join of maps. `sites` are the products by their output.
  init?(
    convolution: ProductSite, sites: [String: ProductSite], modules: [Int: String], in graph: GraphIndex
  ) {
    guard let input = graph.graph.nodes[convolution.node].inputs.first, let join = graph.node(making: input),
      join.opType == "Concat", join.attributes["axis"] == .int(1)
    else { return nil }
    var resizes: Set<String> = []
    let levels = join.inputs.map { value -> String? in
      var value = value
      for _ in 0..<32 {
        if let site = sites[value] { return modules[site.node] }
        guard let node = graph.node(making: value), let first = node.inputs.first else { return nil }
        switch node.opType {
        case "Resize": resizes.insert(Self.describe(node))
        case "Reshape", "Transpose", "Cast", "Identity", "Squeeze", "Unsqueeze", "Flatten": break
        default: return nil
        }
        value = first
      }
      return nil
    }
    fusion = GraphHints.Fusion(
      levels: levels, resizes: resizes, activation: Self.activation(after: convolution.output, graph))
  }

  /// The module of a convolution after a join, told by the classifier that reads its activation: `X.classifier` stands
  /// beside `X.linear_fuse`. Nil where the dataflow is another.
  static func module(of convolution: ProductSite, in graph: GraphIndex) -> String? {
    guard let input = graph.graph.nodes[convolution.node].inputs.first,
      graph.node(making: input)?.opType == "Concat"
    else { return nil }
    var value = convolution.output
    for _ in 0..<3 {
      guard let i = graph.soleReader(of: value) else { return nil }
      let node = graph.graph.nodes[i]
      if node.opType == "Conv", node.inputs.count > 1, node.inputs[0] == value {
        let weight = graph.parameterName(node.inputs[1]).flatMap {
          ParameterName.module(of: $0, parameter: "classifier.weight")
        }
        return weight.map { $0 + ".linear_fuse" }
      }
      guard ["Relu", "BatchNormalization"].contains(node.opType), let output = node.outputs.first else {
        return nil
      }
      value = output
    }
    return nil
  }

  private static func describe(_ resize: ONNXGraph.Node) -> String {
    func text(_ name: String, _ usual: String) -> String {
      if case .string(let value)? = resize.attributes[name] { value } else { usual }
    }
    return text("mode", "nearest") + " " + text("coordinate_transformation_mode", "half_pixel")
  }

  private static func activation(after value: String, _ graph: GraphIndex) -> String? {
    guard let i = graph.soleReader(of: value) else { return nil }
    let node = graph.graph.nodes[i]
    guard node.opType == "BatchNormalization", let output = node.outputs.first else { return node.opType }
    return graph.soleReader(of: output).map { graph.graph.nodes[$0].opType }
  }
}
