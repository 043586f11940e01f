import Foundation
import MISTFormats

/// What a graph computes from stored numbers and from sizes alone, for an image of one size: angles of rotations, which exporters
/// fold into tables or leave as arithmetic.
struct GraphEvaluation {
  private let graph: GraphIndex
  /// Height and width in pixels.
  private let image: [Int]
  /// The last side of what is evaluated.
  private let lastSide: Int
  private var known: [String: GraphArray?] = [:]

  /// Deepest nesting of operators, so that a hostile graph cannot exhaust the stack.
  static let deepest = 200

  init(_ graph: GraphIndex, image: [Int], lastSide: Int) {
    self.graph = graph
    self.image = image
    self.lastSide = lastSide
  }

  /// The numbers that `value` is; nil when they depend on pixels or on an operator that is not known here.
  mutating func array(_ value: String) -> GraphArray? { array(value, 0) }

  private mutating func array(_ value: String, _ depth: Int) -> GraphArray? {
    guard depth < Self.deepest else { return nil }
    if let found = known[value] { return found }
    known[value] = .some(nil)  // a ring would come back here
    let result = stored(value) ?? computed(value, depth + 1)
    known[value] = result
    return result
  }

  private func stored(_ value: String) -> GraphArray? {
    guard let constant = graph.constant(value), constant.tensor.count <= GraphArray.largest else {
      return nil
    }
    let type = constant.tensor.dtype
    let values: [Double]? = try? graph.archive.withBytesOnce(of: constant.tensor.name) { bytes in
      func load<T: BitwiseCopyable>(_: T.Type, _ body: (T) -> Double) -> [Double] {
        (0..<bytes.count / MemoryLayout<T>.size).map {
          body(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self))
        }
      }
      switch type {
      case .i64: return load(Int64.self) { Double($0) }
      case .i32: return load(Int32.self) { Double($0) }
      case .f64: return load(Double.self) { $0 }
      default: return try FloatConversion.floats(bytes, dtype: type).map(Double.init)
      }
    }
    return values.flatMap { GraphArray(constant.tensor.shape, $0, isInteger: [.i64, .i32].contains(type)) }
  }

  private mutating func computed(_ value: String, _ depth: Int) -> GraphArray? {
    guard let node = graph.node(making: value), let output = node.outputs.firstIndex(of: value) else {
      return nil
    }
    switch node.opType {
    case "Constant": return number(node)
    case "Shape", "Size":
      guard let shape = shape(node.inputs.first ?? "", depth) else { return nil }
      if node.opType == "Size" { return GraphArray([], [Double(shape.reduce(1, *))], isInteger: true) }
      let start = int(node, "start") ?? 0
      let end = int(node, "end") ?? shape.count
      let from = start < 0 ? start + shape.count : start
      let to = min(end < 0 ? end + shape.count : end, shape.count)
      guard from >= 0, from <= to else { return nil }
      return GraphArray([to - from], shape[from..<to].map(Double.init), isInteger: true)
    default:
      if let tiled = tiled(node, depth) { return tiled }
      var inputs: [GraphArray] = []
      for input in node.inputs where !input.isEmpty {
        guard let array = array(input, depth) else { return nil }
        inputs.append(array)
      }
      return GraphOperators.apply(node, inputs, output: output)
    }
  }

  /// A tile whose number of repeats the graph does not show: `lastSide` does, because what it makes is that long.
  private mutating func tiled(_ node: ONNXGraph.Node, _ depth: Int) -> GraphArray? {
    var copy = self
    let value = TiledValue(node, in: graph) { value in
      copy.array(value, depth).flatMap { $0.values.count == 1 ? $0.values[0] : nil }
    }
    guard let value, let array = array(value.source, depth), let side = array.shape.last, side > 0,
      lastSide > 0, lastSide % side == 0
    else { return nil }
    return array.tiled(array.shape.dropLast().map { _ in 1 } + [lastSide / side])
  }

  private func number(_ node: ONNXGraph.Node) -> GraphArray? {
    switch (node.attributes["value_float"], node.attributes["value_int"], node.attributes["value_ints"]) {
    case (.float(let x)?, _, _): GraphArray([], [Double(x)])
    case (_, .int(let x)?, _): GraphArray([], [Double(x)], isInteger: true)
    case (_, _, .ints(let x)?): GraphArray([x.count], x.map(Double.init), isInteger: true)
    default: nil
    }
  }

  private func int(_ node: ONNXGraph.Node, _ name: String) -> Int? {
    if case .int(let x)? = node.attributes[name] { x } else { nil }
  }

  /// The shape of `value`, also where its elements depend on pixels.
  private mutating func shape(_ value: String, _ depth: Int) -> [Int]? {
    guard depth < Self.deepest else { return nil }
    if let array = array(value, depth) { return array.shape }
    guard let node = graph.node(making: value), let first = node.inputs.first else {
      let input = graph.graph.inputs.first { $0.name == value && $0.shape.count == 4 }
      return input == nil ? nil : [1, 3] + image
    }
    guard let shape = shape(first, depth + 1) else { return nil }
    switch node.opType {
    case "Cast", "Identity": return shape
    case "Transpose":
      guard case .ints(let order)? = node.attributes["perm"], order.sorted() == Array(shape.indices) else {
        return nil
      }
      return order.map { shape[$0] }
    case "Conv":
      guard shape.count == 4, node.inputs.count > 1,
        let weight = graph.constant(node.inputs[1])?.tensor.shape,
        weight.count == 4, let move = ConvolutionSite.read(node), move.padding == [0, 0, 0, 0],
        move.strides.count == 2, move.strides.allSatisfy({ $0 > 0 })
      else { return nil }
      return [
        shape[0], weight[0], (shape[2] - weight[2]) / move.strides[0] + 1,
        (shape[3] - weight[3]) / move.strides[1] + 1,
      ]
    case "Reshape":
      guard node.inputs.count > 1, var sides = array(node.inputs[1], depth + 1)?.ints else { return nil }
      for i in sides.indices where sides[i] == 0 && shape.indices.contains(i) { sides[i] = shape[i] }
      if let open = sides.firstIndex(of: -1) {
        guard let rest = GraphArray.count(sides.filter { $0 != -1 }), rest > 0,
          let count = GraphArray.count(shape)
        else { return nil }
        sides[open] = count / rest
      }
      return sides
    default: return nil
    }
  }
}
