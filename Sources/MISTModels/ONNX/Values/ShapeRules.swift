import MISTFormats

/// Shapes of results, for operators that compute with elements; those that only move them are `ElementMove`'s.
enum ShapeRules {
  /// The shape of every output of `node` that has that of its first operand.
  private static let unary: Set<String> = [
    "Abs", "BatchNormalization", "Cast", "Celu", "Clip", "Cos", "Dropout", "Elu", "Erf", "Exp", "FastGelu",
    "Floor", "Gelu", "HardSigmoid", "HardSwish", "Identity", "IsNaN", "LayerNormalization", "LeakyRelu",
    "LogSoftmax", "Mish", "MultiHeadAttention", "Neg", "Not", "QuickGelu", "Reciprocal", "Relu", "Selu",
    "Sigmoid", "Sin", "Softmax", "Softplus", "Softsign", "Sqrt", "Swish", "Tanh",
  ]
  private static let broadcasting: Set<String> = [
    "Add", "And", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "Max", "Min", "Mul", "Or", "PRelu",
    "Pow", "Sub", "Where",
  ]

  /// The shape of the first output of `node`; nil where the operator or an operand is unknown.
  static func result(_ node: ONNXGraph.Node, _ shapes: [[Int]?], _ ints: (Int) -> [Int]?) -> [Int]? {
    func shape(_ i: Int) -> [Int]? { shapes.indices.contains(i) ? shapes[i] : nil }
    guard let first = shape(0) else { return nil }
    if unary.contains(node.opType) { return first }
    if broadcasting.contains(node.opType) {
      return shapes.dropFirst().reduce(first) { all, next in
        all.flatMap { a in next.flatMap { broadcast(a, $0) } }
      }
    }
    switch node.opType {
    case "MatMul": return shape(1).flatMap { product(first, $0) }
    case "Gemm":
      guard let second = shape(1), first.count == 2, second.count == 2 else { return nil }
      let rows = first[node.attributes["transA"] == .int(1) ? 1 : 0]
      return [rows, second[node.attributes["transB"] == .int(1) ? 0 : 1]]
    case "Conv": return shape(1).flatMap { convolution(node, first, $0) }
    case "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2":
      return reduced(node, first, ints)
    case "GlobalAveragePool": return first.count < 2 ? nil : first.indices.map { $0 < 2 ? first[$0] : 1 }
    case "Resize":
      return node.inputs.count > 3 && ints(3)?.count == first.count ? ints(3) : nil
    case "Attention": return first
    default: return nil
    }
  }

  static func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    let x = [Int](repeating: 1, count: rank - a.count) + a
    let y = [Int](repeating: 1, count: rank - b.count) + b
    guard zip(x, y).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else { return nil }
    return zip(x, y).map { $0 == 1 ? $1 : $0 }
  }

  private static func product(_ a: [Int], _ b: [Int]) -> [Int]? {
    guard a.count > 1, b.count > 1, a[a.count - 1] == b[b.count - 2],
      let outer = broadcast(a.dropLast(2), b.dropLast(2))
    else { return nil }
    return outer + [a[a.count - 2], b[b.count - 1]]
  }

  private static func broadcast(_ a: ArraySlice<Int>, _ b: ArraySlice<Int>) -> [Int]? {
    broadcast(Array(a), Array(b))
  }

  private static func convolution(_ node: ONNXGraph.Node, _ x: [Int], _ w: [Int]) -> [Int]? {
    guard x.count == 4, w.count == 4, let move = ConvolutionSite.read(node), move.strides.count == 2,
      move.padding.count == 4, move.dilations.count == 2, move.strides.allSatisfy({ $0 > 0 }),
      (move.strides + move.padding + move.dilations).allSatisfy({ (0...1 << 20).contains($0) })
    else { return nil }
    let sides = (0..<2).map { i in
      let reach = (w[2 + i] - 1) * move.dilations[i] + 1
      return (x[2 + i] + move.padding[i] + move.padding[2 + i] - reach) / move.strides[i] + 1
    }
    return sides.allSatisfy { $0 > 0 } ? [x[0], w[0]] + sides : nil
  }

  private static func reduced(_ node: ONNXGraph.Node, _ x: [Int], _ ints: (Int) -> [Int]?) -> [Int]? {
    var axes: [Int]? = Array(x.indices)
    if case .ints(let list)? = node.attributes["axes"] { axes = list }
    if node.inputs.count > 1, !node.inputs[1].isEmpty { axes = ints(1) }
    guard let axes = axes?.map({ $0 < 0 ? $0 + x.count : $0 }) else { return nil }
    let keeps = node.attributes["keepdims"] != .int(0)
    return x.indices.compactMap { axes.contains($0) ? (keeps ? 1 : nil) : x[$0] }
  }

  /// What operators that only count the sides anew make of `from`.
  static func reshaped(_ node: ONNXGraph.Node, _ from: [Int], _ ints: (Int) -> [Int]?) -> [Int]? {
    var axes = node.inputs.count > 1 && !node.inputs[1].isEmpty ? ints(1) : nil
    if axes == nil, node.inputs.count > 1, !node.inputs[1].isEmpty { return nil }
    if case .ints(let list)? = node.attributes["axes"] { axes = list }
    let count = from.reduce(1, *)
    switch node.opType {
    case "Reshape":
      guard var sides = axes else { return nil }
      if node.attributes["allowzero"] != .int(1) {
        for i in sides.indices where sides[i] == 0 && from.indices.contains(i) { sides[i] = from[i] }
      }
      if let open = sides.firstIndex(of: -1) {
        guard let rest = GraphArray.count(sides.filter { $0 != -1 }, atMost: .max), rest > 0 else {
          return nil
        }
        sides[open] = count / rest
      }
      return GraphArray.count(sides, atMost: .max) == count ? sides : nil
    case "Flatten":
      var axis = 1
      if case .int(let n)? = node.attributes["axis"] { axis = n < 0 ? n + from.count : n }
      guard (0...from.count).contains(axis) else { return nil }
      return [from[..<axis].reduce(1, *), from[axis...].reduce(1, *)]
    case "Unsqueeze":
      guard let axes else { return nil }
      let rank = from.count + axes.count
      var sides = from
      for place in axes.map({ $0 < 0 ? $0 + rank : $0 }).sorted() {
        guard (0...sides.count).contains(place) else { return nil }
        sides.insert(1, at: place)
      }
      return sides
    case "Squeeze":
      let places = axes?.map { $0 < 0 ? $0 + from.count : $0 }
      let kept = from.indices.filter { i in places.map { !$0.contains(i) } ?? (from[i] != 1) }
      let sides = kept.map { from[$0] }
      return sides.reduce(1, *) == count ? sides : nil
    default: return nil
    }
  }
}
