import MISTFormats

/// A graph by what its nodes do in a network: products, norms, residual sums, each found by the value it reads.
struct StructureView {
  /// Operators that move or retype all elements of a value without changing them.
  private static let plumbing: Set<String> = [
    "Reshape", "Transpose", "Cast", "Identity", "Squeeze", "Unsqueeze", "Flatten", "Dropout",
  ]
  /// Those of them that leave every element in its place.
  private static let still: Set<String> = ["Cast", "Identity", "Dropout"]

  /// Most nodes that one walk passes between two layers: a graph that breaks ONNX's order could run in a ring.
  static let walkLength = 256

  let graph: GraphIndex
  let layout: GraphLayout
  let products: [ProductSite]
  /// By the product's result with its bias added.
  private let productsByOutput: [String: ProductSite]
  /// By the root of what they read.
  private(set) var norms: [String: [NormSite]] = [:]
  private(set) var readers: [String: [ProductSite]] = [:]
  /// Sums of two computed values, by the root of either: the sum, the operand of that root, and the other.
  private(set) var sums: [String: [(sum: String, own: String, other: String)]] = [:]

  init(_ graph: GraphIndex, _ layout: GraphLayout, products: [ProductSite], norms: [NormSite]) {
    self.graph = graph
    self.layout = layout
    self.products = products
    productsByOutput = Dictionary(products.map { ($0.output, $0) }, uniquingKeysWith: { first, _ in first })
    for norm in norms { self.norms[root(norm.input), default: []].append(norm) }
    for site in products {
      guard let input = graph.graph.nodes[site.node].inputs.first else { continue }
      readers[root(input), default: []].append(site)
    }
    for node in graph.graph.nodes where node.opType == "Add" && node.inputs.count == 2 {
      guard let sum = node.outputs.first, node.inputs.allSatisfy({ graph.constant($0) == nil }) else {
        continue
      }
      let (a, b) = (root(node.inputs[0]), root(node.inputs[1]))
      guard a != b, productsByOutput[sum] == nil else { continue }
      sums[a, default: []].append((sum, node.inputs[0], node.inputs[1]))
      sums[b, default: []].append((sum, node.inputs[1], node.inputs[0]))
    }
  }

  /// What `value` is a rearrangement of. Where its elements are is for `arrangement` to say.
  func root(_ value: String) -> String { source(value, through: Self.plumbing) }

  /// What `value` is, element by element in the same place.
  func plain(_ value: String) -> String { source(value, through: Self.still) }

  private func source(_ value: String, through operators: Set<String>) -> String {
    var value = value
    for _ in 0..<Self.walkLength {
      guard layout.moves[value] != nil, let node = graph.node(making: value),
        operators.contains(node.opType), let input = node.inputs.first
      else { return value }
      value = input
    }
    return value
  }

  func node(_ value: String) -> ONNXGraph.Node? { graph.node(making: value) }

  /// The linear layer or convolution whose result `value` is.
  func product(_ value: String) -> ProductSite? { productsByOutput[root(value)] }

  func input(_ site: ProductSite) -> String { graph.graph.nodes[site.node].inputs.first ?? "" }

  func isConvolution(_ site: ProductSite) -> Bool { graph.graph.nodes[site.node].opType == "Conv" }

  /// The stored factor and the other operand of a Mul by one factor per channel.
  func channelScale(_ value: String, width: Int) -> (factor: GraphIndex.Constant, value: String)? {
    guard let node = node(value), node.opType == "Mul", node.inputs.count == 2 else { return nil }
    for (i, input) in node.inputs.enumerated() {
      if let factor = graph.constant(input), factor.tensor.count == width,
        width > 1 || factor.tensor.shape == [1]
      {
        return (factor, node.inputs[1 - i])
      }
    }
    return nil
  }

  /// The other operand of a Mul or Div by one number, stored or computed from sizes, and the number as a factor.
  func scalarFactor(_ node: ONNXGraph.Node) -> (value: String, factor: Float)? {
    guard ["Mul", "Div"].contains(node.opType), node.inputs.count == 2 else { return nil }
    for i in node.opType == "Mul" ? [1, 0] : [1] {
      if let x = number(node.inputs[i]) { return (node.inputs[1 - i], node.opType == "Mul" ? x : 1 / x) }
    }
    return nil
  }

  /// The one number that `value` is, stored or computed from sizes.
  func number(_ value: String) -> Float? {
    if let x = graph.scalar(value) { return x }
    guard graph.constant(value) == nil, layout.count(value) == 1, let array = layout.array(value) else {
      return nil
    }
    return array.values.first.map(Float.init)
  }
}
