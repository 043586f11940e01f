import MISTFormats

/// What a node that only moves elements does: where each element of its result comes from.
struct ElementMove {
  private enum Kind {
    /// The same elements in the same order.
    case same(String)
    /// Steps through the operand along each axis of the result, from a first element; along one axis, perhaps, to listed places.
    case steps(String, [Int], start: Int, listed: (axis: Int, places: [Int])?)
    /// Operands one after another along an axis, with their sides there.
    case join([String], [Int], axis: Int)
  }

  /// Of the result.
  let shape: [Int]
  private let kind: Kind

  /// An attribute of our own: a Transpose of the last two sides, as fused operators have it for any rank.
  static let lastTwo = "mist::last-two"

  static let operators: Set<String> = [
    "Cast", "Concat", "Dropout", "Expand", "Flatten", "Gather", "Identity", "Reshape", "Slice", "Split",
    "Squeeze", "Transpose", "Unsqueeze",
  ]

  /// The operand, and the element of it, that element `index` of the result is.
  func source(of index: Int) -> (value: String, index: Int) {
    switch kind {
    case .same(let value): return (value, index)
    case .steps(let value, let steps, let start, let listed):
      var (rest, place) = (index, start)
      for axis in shape.indices.reversed() {
        let k = rest % shape[axis]
        rest /= shape[axis]
        place += (listed.map { $0.axis == axis ? $0.places[k] : k } ?? k) * steps[axis]
      }
      return (value, place)
    case .join(let values, let sides, let axis):
      let inner = shape[(axis + 1)...].reduce(1, *)
      var k = index / inner % shape[axis]
      let outer = index / inner / shape[axis]
      var operand = 0
      while operand < sides.count - 1, k >= sides[operand] {
        k -= sides[operand]
        operand += 1
      }
      return (values[operand], (outer * sides[operand] + k) * inner + index % inner)
    }
  }

  /// The move that output number `output` of `node` is, or nil. `shapes` are the operands', `ints` gives small integer operands.
  init?(_ node: ONNXGraph.Node, output: Int, shapes: [[Int]?], ints: (Int) -> [Int]?) {
    guard node.domain.isEmpty || node.domain == "ai.onnx", let value = node.inputs.first,
      let first = shapes.first, let from = first, from.allSatisfy({ $0 > 0 })
    else { return nil }
    func int(_ name: String, _ usual: Int) -> Int {
      if case .int(let x)? = node.attributes[name] { x } else { usual }
    }
    func axis(_ n: Int) -> Int? {
      let place = n < 0 ? n + from.count : n
      return from.indices.contains(place) ? place : nil
    }
    let own = Self.steps(from)
    switch node.opType {
    case "Identity" where output == 0: (shape, kind) = (from, .same(value))
    case "Cast" where Self.isFloat(type: int("to", 0)): (shape, kind) = (from, .same(value))
    case "Dropout" where output == 0 && !Self.isTraining(node, ints): (shape, kind) = (from, .same(value))
    case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
      guard let to = ShapeRules.reshaped(node, from, ints) else { return nil }
      (shape, kind) = (to, .same(value))
    case "Transpose":
      var order = Array(from.indices.reversed())
      if case .ints(let list)? = node.attributes["perm"] { order = list }
      if node.attributes[Self.lastTwo] != nil, order.count > 1 {
        order = Array(from.indices)
        order.swapAt(order.count - 2, order.count - 1)
      }
      guard order.sorted() == Array(from.indices) else { return nil }
      (shape, kind) = (
        order.map { from[$0] }, .steps(value, order.map { own[$0] }, start: 0, listed: nil)
      )
    case "Split":
      guard let axis = axis(int("axis", 0)),
        let sides = Self.sides(node, of: from[axis], ints), sides.indices.contains(output)
      else { return nil }
      var to = from
      to[axis] = sides[output]
      (shape, kind) = (
        to, .steps(value, own, start: sides[..<output].reduce(0, +) * own[axis], listed: nil)
      )
    case "Slice":
      guard let starts = ints(1), let ends = ints(2), starts.count == ends.count else { return nil }
      let axes = node.inputs.count > 3 ? ints(3) : Array(starts.indices)
      let strides = node.inputs.count > 4 ? ints(4) : [Int](repeating: 1, count: starts.count)
      guard let axes, let strides, axes.count == starts.count, strides.count == starts.count else {
        return nil
      }
      var (to, steps, begin) = (from, own, 0)
      for i in axes.indices {
        guard let axis = axis(axes[i]), strides[i] > 0 else { return nil }
        let side = from[axis]
        func bound(_ n: Int) -> Int { min(max(n < 0 ? n + side : n, 0), side) }
        let (a, b, stride) = (bound(starts[i]), bound(ends[i]), min(strides[i], side))
        guard b > a else { return nil }
        to[axis] = (b - a + stride - 1) / stride
        steps[axis] = own[axis] * stride
        begin += a * own[axis]
      }
      (shape, kind) = (to, .steps(value, steps, start: begin, listed: nil))
    case "Gather":
      guard let axis = axis(int("axis", 0)), shapes.count > 1, let rank = shapes[1]?.count, rank < 2,
        let places = ints(1)?.map({ $0 < 0 ? $0 + from[axis] : $0 }),
        places.allSatisfy((0..<from[axis]).contains)
      else { return nil }
      var (to, steps) = (from, own)
      if rank == 0 {
        guard places.count == 1 else { return nil }
        to.remove(at: axis)
        steps.remove(at: axis)
        (shape, kind) = (to, .steps(value, steps, start: places[0] * own[axis], listed: nil))
      } else {
        to[axis] = places.count
        (shape, kind) = (to, .steps(value, own, start: 0, listed: (axis, places)))
      }
    case "Expand":
      guard let asked = ints(1), let to = ShapeRules.broadcast(from, asked) else { return nil }
      (shape, kind) = (to, .steps(value, Self.broadcast(from, to), start: 0, listed: nil))
    case "Concat":
      guard let axis = axis(int("axis", 0)) else { return nil }
      let all = shapes.compactMap { $0 }
      func others(_ s: [Int]) -> [Int] { Array(s[..<axis] + s[(axis + 1)...]) }
      guard all.count == node.inputs.count,
        all.allSatisfy({ $0.count == from.count && others($0) == others(from) && $0[axis] > 0 })
      else { return nil }
      var to = from
      to[axis] = all.reduce(0) { $0 + $1[axis] }
      (shape, kind) = (to, .join(node.inputs, all.map { $0[axis] }, axis: axis))
    default: return nil
    }
    guard GraphArray.count(shape, atMost: GraphEvaluation.mostElements) ?? 0 > 0 else { return nil }
  }

  /// Elements from one place to the next along each axis.
  static func steps(_ shape: [Int]) -> [Int] {
    var steps = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      steps[axis] = steps[axis + 1].multipliedReportingOverflow(by: shape[axis + 1]).partialValue
    }
    return steps
  }

  /// Steps through an operand of `shape` for each axis of `result`, along which it may be repeated.
  static func broadcast(_ shape: [Int], _ result: [Int]) -> [Int] {
    let padding = result.count - shape.count
    return [Int](repeating: 0, count: padding) + zip(shape, steps(shape)).map { $0 == 1 ? 0 : $1 }
  }

  /// ONNX's numbers of the floating-point types.
  static func isFloat(type: Int) -> Bool { [1, 10, 11, 16].contains(type) }

  static func isTraining(_ node: ONNXGraph.Node, _ ints: (Int) -> [Int]?) -> Bool {
    guard node.inputs.count > 2, !node.inputs[2].isEmpty else { return false }
    return ints(2) != [0]
  }

  /// Sides of the parts of a Split.
  static func sides(_ node: ONNXGraph.Node, of side: Int, _ ints: (Int) -> [Int]?) -> [Int]? {
    var sides: [Int]?
    if node.inputs.count > 1, !node.inputs[1].isEmpty {
      sides = ints(1)
    } else if case .ints(let list)? = node.attributes["split"] {
      sides = list
    } else {
      let even = (side + node.outputs.count - 1) / max(1, node.outputs.count)
      sides = node.outputs.indices.map { min(even, side - $0 * even) }
    }
    guard let sides, sides.allSatisfy({ (1...side).contains($0) }), sides.reduce(0, +) == side else {
      return nil
    }
    return sides
  }
}
