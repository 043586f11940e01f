import MISTFormats

/// A linear layer or convolution: a product with a stored weight, and the bias added to it.
struct ProductSite {
  let node: Int
  let weight: GraphIndex.Constant
  let bias: GraphIndex.Constant?
  /// Whether the stored matrix is `[in, out]`: MatMul, unless a Transpose is left before it, and Gemm without transB.
  let isTransposed: Bool
  /// The result with the bias added.
  let output: String

  /// Whether as many channels leave as enter.
  var isSquare: Bool {
    let shape = weight.tensor.shape
    return shape.count == 2 && shape[0] == shape[1]
  }

  /// Every product of `graph`, in file order.
  /// Throws `onnx.scaled-product` for a Gemm that is no linear layer, `onnx.weight-shape` for a weight that its
  /// node or its bias contradicts.
  static func all(in graph: GraphIndex) throws -> [ProductSite] {
    try graph.graph.nodes.indices.compactMap { i in
      guard let site = try at(i, graph) else { return nil }
      try site.check(graph)
      return site
    }
  }

  private static func at(_ i: Int, _ graph: GraphIndex) throws -> ProductSite? {
    let node = graph.graph.nodes[i]
    let isTurned = node.opType == "MatMul" && node.inputs.count > 1 && graph.isTransposed(node.inputs[1])
    guard node.inputs.count > 1,
      let weight = graph.constant(
        isTurned ? graph.node(making: node.inputs[1])?.inputs.first : node.inputs[1]),
      weight.tensor.dtype.isFloat, let output = node.outputs.first
    else { return nil }
    let third = node.inputs.count > 2 ? graph.constant(node.inputs[2]) : nil
    switch node.opType {
    case "MatMul":
      guard weight.tensor.shape.count == 2 else { return nil }
      let sum = addedBias(output, graph)
      return ProductSite(
        node: i, weight: weight, bias: sum?.bias, isTransposed: !isTurned, output: sum?.output ?? output)
    case "Gemm":
      if node.attributes["transA"] == .int(1) { return nil }
      for factor in ["alpha", "beta"] {
        if case .float(let x)? = node.attributes[factor], x != 1 {
          throw MISTError(
            .onnxScaledProduct, file: graph.archive.path, at: "node \(node.name)",
            "expected a linear layer, \(factor) 1, found \(x)",
            advice: "multiply it into the weights before exporting")
        }
      }
      return ProductSite(
        node: i, weight: weight, bias: third, isTransposed: node.attributes["transB"] != .int(1),
        output: output)
    case "Conv", "ConvTranspose":
      return ProductSite(node: i, weight: weight, bias: third, isTransposed: false, output: output)
    default: return nil
    }
  }

  private static func addedBias(
    _ product: String, _ graph: GraphIndex
  ) -> (bias: GraphIndex.Constant, output: String)? {
    guard let i = graph.soleReader(of: product) else { return nil }
    let node = graph.graph.nodes[i]
    guard node.opType == "Add", node.inputs.count == 2, let output = node.outputs.first,
      let bias = node.inputs.first(where: { $0 != product }).flatMap(graph.constant),
      bias.tensor.shape.count == 1
    else { return nil }
    return (bias, output)
  }

  private func check(_ graph: GraphIndex) throws {
    let node = graph.graph.nodes[self.node]
    let shape = weight.tensor.shape
    let rank = node.opType == "MatMul" || node.opType == "Gemm" ? 2...2 : 3...5
    // A transposed convolution groups its outputs, so that only its bias knows how many there are.
    let outputs = node.opType == "ConvTranspose" ? nil : isTransposed ? shape.last : shape.first
    let biasFits = bias == nil || outputs == nil || bias?.tensor.count == outputs || bias?.tensor.count == 1
    guard rank.contains(shape.count), biasFits else {
      throw MISTError(
        .onnxWeightShape, file: graph.archive.path, at: "node \(node.name)",
        "\(node.opType) has weight \(weight.tensor.name) \(shape)"
          + (bias.map { " and bias \($0.tensor.name) \($0.tensor.shape)" } ?? "") + ", which do not fit")
    }
  }
}
