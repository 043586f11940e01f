import MISTFormats

/// How a Conv node moves over its input.
enum ConvolutionSite {
  /// The attributes of `node`, with ONNX's defaults; nil where it pads by a rule instead of by numbers.
  static func read(_ node: ONNXGraph.Node) -> GraphHints.Convolution? {
    if case .string(let rule)? = node.attributes["auto_pad"], rule != "NOTSET" { return nil }
    func ints(_ name: String, _ usual: [Int]) -> [Int] {
      if case .ints(let values)? = node.attributes[name] { values } else { usual }
    }
    var groups = 1
    if case .int(let n)? = node.attributes["group"] { groups = n }
    return GraphHints.Convolution(
      strides: ints("strides", [1, 1]), padding: ints("pads", [0, 0, 0, 0]),
      dilations: ints("dilations", [1, 1]), groups: groups)
  }
}

extension ProductSite {
  /// Whether this is a convolution whose kernel is larger than its stride.
  func isOverlapping(in graph: GraphIndex) -> Bool {
    let shape = weight.tensor.shape
    guard shape.count == 4, let convolution = ConvolutionSite.read(graph.graph.nodes[node]),
      convolution.strides.count == 2
    else { return false }
    return shape[2] > convolution.strides[0] && shape[3] > convolution.strides[1]
  }
}
