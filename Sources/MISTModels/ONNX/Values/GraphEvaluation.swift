import Foundation
import MISTFormats

/// What a graph computes from stored numbers and from sizes alone, for an image of one size: angles of rotations, which exporters
/// fold into tables or leave as arithmetic.
struct GraphEvaluation {
  private let graph: GraphIndex
  /// Sides `[batch, channels, height, width]` of the image where the graph leaves them open.
  private let sizes: [Int]
  /// The last side of what is evaluated.
  private let lastSide: Int
  private var known: [String: GraphArray?] = [:]
  private var shapes: [String: [Int]?] = [:]

  /// Most elements of a value whose shape is followed.
  static let mostElements = 1 << 40
  /// Deepest nesting of operators, so that a hostile graph cannot exhaust the stack.
  static let deepest = 200

  init(_ graph: GraphIndex, image: [Int], lastSide: Int) {
    self.graph = graph
    sizes = [1, 3] + image
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
    graph.constant(value).flatMap { load($0.tensor) }
  }

  private func load(_ tensor: TensorInfo) -> GraphArray? {
    guard tensor.count <= GraphArray.largest else { return nil }
    let type = tensor.dtype
    let values: [Double]? = try? graph.archive.withBytesOnce(of: tensor.name) { bytes in
      func load<T: BitwiseCopyable>(_: T.Type, _ body: (T) -> Double) -> [Double] {
        (0..<bytes.count / MemoryLayout<T>.size).map {
          body(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self))
        }
      }
      switch type {
      case .i64: return load(Int64.self) { Double($0) }
      case .i32: return load(Int32.self) { Double($0) }
      case .f64: return load(Double.self) { $0 }
      case .bool: return load(UInt8.self) { Double($0) }
      default: return try FloatConversion.floats(bytes, dtype: type).map(Double.init)
      }
    }
    return values.flatMap { GraphArray(tensor.shape, $0, isInteger: [.i64, .i32].contains(type)) }
  }

  private mutating func computed(_ value: String, _ depth: Int) -> GraphArray? {
    guard let node = graph.node(making: value), let output = node.outputs.firstIndex(of: value) else {
      return nil
    }
    switch node.opType {
    case "Constant": return number(node)
    case "ConstantOfShape":
      guard let sides = ints(node, 0, depth), let count = GraphArray.count(sides) else { return nil }
      var filling = GraphArray([], [0])
      if case .tensor(let name)? = node.attributes["value"] {
        filling = graph.archive.info(name).flatMap(load)
      }
      guard let filling, let number = filling.values.first, filling.values.count == 1 else { return nil }
      return GraphArray(
        sides, [Double](repeating: number, count: count), isInteger: filling.isInteger)
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

  /// The shape of `value`, also where its elements depend on pixels; nil where an operator is not known.
  mutating func shape(_ value: String) -> [Int]? { shape(value, 0) }

  private mutating func shape(_ value: String, _ depth: Int) -> [Int]? {
    if let constant = graph.constant(value) { return constant.tensor.shape }
    if let found = shapes[value] { return found }
    guard depth < Self.deepest else { return nil }
    shapes[value] = .some(nil)  // a ring would come back here
    // More elements than any model's value has are no shape, so that products of sides do not overflow.
    let result = computedShape(value, depth + 1).flatMap {
      GraphArray.count($0, atMost: Self.mostElements) == nil ? nil : $0
    }
    shapes[value] = result
    return result
  }

  private mutating func computedShape(_ value: String, _ depth: Int) -> [Int]? {
    guard let node = graph.node(making: value), let output = node.outputs.firstIndex(of: value) else {
      let input = graph.graph.inputs.first { $0.name == value && $0.shape.count == 4 }
      return input.map { zip($0.shape, sizes).map { $0 ?? $1 } }
    }
    if let move = move(node, output: output, depth) { return move.shape }
    var operands: [[Int]?] = []
    for input in node.inputs { operands.append(input.isEmpty ? nil : shape(input, depth)) }
    let result = ShapeRules.result(node, operands) { ints(node, $0, depth) }
    return result ?? array(value, depth)?.shape
  }

  /// Where the elements of an output of `node` come from, where it only moves them.
  mutating func move(_ node: ONNXGraph.Node, output: Int) -> ElementMove? { move(node, output: output, 0) }

  private mutating func move(_ node: ONNXGraph.Node, output: Int, _ depth: Int) -> ElementMove? {
    guard ElementMove.operators.contains(node.opType) else { return nil }
    var operands: [[Int]?] = []
    for input in node.inputs { operands.append(input.isEmpty ? nil : shape(input, depth + 1)) }
    return ElementMove(node, output: output, shapes: operands) { ints(node, $0, depth + 1) }
  }

  private mutating func ints(_ node: ONNXGraph.Node, _ place: Int, _ depth: Int) -> [Int]? {
    guard node.inputs.indices.contains(place) else { return nil }
    return array(node.inputs[place], depth)?.ints
  }
}
