import Foundation
import MISTFormats

/// ONNX's operators on small arrays.
enum GraphOperators {
  /// Output number `output` of `node` on `x`; nil for operators that are not known here, and for operands that do not fit.
  static func apply(_ node: ONNXGraph.Node, _ x: [GraphArray], output: Int) -> GraphArray? {
    guard node.domain.isEmpty || node.domain == "ai.onnx" else { return nil }
    if x.count == 1, let function = unary[node.opType] { return x[0].map(function) }
    if x.count == 2, let function = binary[node.opType] { return GraphArray.combine(x[0], x[1], function) }
    func int(_ name: String, _ usual: Int) -> Int {
      if case .int(let value)? = node.attributes[name] { value } else { usual }
    }
    switch (node.opType, x.count) {
    case ("Identity", 1): return x[0]
    case ("Cast", 1): return cast(x[0], to: int("to", 1))
    case ("Div", 2):
      let both = x[0].isInteger && x[1].isInteger
      return GraphArray.combine(x[0], x[1]) { both ? ($0 / $1).rounded(.towardZero) : $0 / $1 }
    case ("Where", 3):
      guard let chosen = GraphArray.combine(x[1], x[2], { a, _ in a }),
        let other = GraphArray.combine(x[1], x[2], { _, b in b }),
        let first = GraphArray.combine(x[0], chosen, { $0 != 0 ? $1 : 0 }),
        let second = GraphArray.combine(x[0], other, { $0 != 0 ? 0 : $1 })
      else { return nil }
      return GraphArray.combine(first, second, +)
    case ("Concat", 1...): return GraphArray.concat(x, axis: int("axis", 0))
    case ("Range", 3): return range(x)
    case ("ConstantOfShape", 1):
      // Its value is a tensor of the attribute, which the subset does not keep: zeros by default.
      guard node.attributes["value"] == nil, let shape = x[0].ints, let count = GraphArray.count(shape) else {
        return nil
      }
      return GraphArray(shape, [Double](repeating: 0, count: count))
    case ("Gather", 2): return gather(x[0], x[1], axis: int("axis", 0))
    case ("Slice", 3...): return slice(x)
    case ("Split", 1...): return split(node, x, axis: int("axis", 0), output: output)
    case ("Expand", 2): return x[1].ints.flatMap { x[0].expanded($0) }
    case ("Tile", 2): return x[1].ints.flatMap { x[0].tiled($0) }
    case ("Transpose", 1):
      guard case .ints(let order)? = node.attributes["perm"] else {
        return x[0].transposed(x[0].shape.indices.reversed())
      }
      return x[0].transposed(order)
    default: return reshape(node, x, axis: int("axis", 1))
    }
  }

  private static let unary: [String: @Sendable (Double) -> Double] = [
    "Sin": { sin($0) }, "Cos": { cos($0) }, "Neg": { -$0 }, "Sqrt": { $0.squareRoot() },
    "Reciprocal": { 1 / $0 }, "Floor": { $0.rounded(.down) }, "Exp": { exp($0) },
  ]

  private static let binary: [String: @Sendable (Double, Double) -> Double] = [
    "Add": { $0 + $1 }, "Sub": { $0 - $1 }, "Mul": { $0 * $1 }, "Pow": { pow($0, $1) },
    "Equal": { $0 == $1 ? 1 : 0 }, "Greater": { $0 > $1 ? 1 : 0 }, "Less": { $0 < $1 ? 1 : 0 },
  ]

  private static func cast(_ x: GraphArray, to type: Int) -> GraphArray {
    // ONNX's numbers of the integers.
    guard [2, 3, 4, 5, 6, 7, 12, 13].contains(type) else {
      var result = x
      result.isInteger = false
      return result
    }
    var result = x.map { $0.rounded(.towardZero) }
    result.isInteger = true
    return result
  }

  private static func range(_ x: [GraphArray]) -> GraphArray? {
    guard x.allSatisfy({ $0.values.count == 1 }),
      case (let from, let to, let step) = (x[0].values[0], x[1].values[0], x[2].values[0]),
      step != 0, from.isFinite, to.isFinite, step.isFinite
    else { return nil }
    let count = max(0, ((to - from) / step).rounded(.up))
    guard count <= Double(GraphArray.largest) else { return nil }
    return GraphArray(
      [Int(count)], (0..<Int(count)).map { from + Double($0) * step }, isInteger: x.allSatisfy(\.isInteger))
  }

  private static func gather(_ x: GraphArray, _ places: GraphArray, axis: Int) -> GraphArray? {
    guard let axis = x.axis(axis), let list = places.ints,
      var result = x.picking(list.map { $0 < 0 ? $0 + x.shape[axis] : $0 }, axis: axis)
    else { return nil }
    result.shape.replaceSubrange(axis...axis, with: places.shape)
    return result
  }

  private static func slice(_ x: [GraphArray]) -> GraphArray? {
    guard let starts = x[1].ints, let ends = x[2].ints else { return nil }
    let axes = x.count > 3 ? x[3].ints : Array(starts.indices)
    let steps = x.count > 4 ? x[4].ints : [Int](repeating: 1, count: starts.count)
    guard let axes, let steps, starts.count == ends.count, axes.count == starts.count,
      steps.count == starts.count
    else { return nil }
    var result = x[0]
    for i in starts.indices {
      guard let axis = result.axis(axes[i]), steps[i] > 0 else { return nil }
      let side = result.shape[axis]
      func place(_ n: Int) -> Int { min(max(n < 0 ? n + side : n, 0), side) }
      let places = Array(stride(from: place(starts[i]), to: place(ends[i]), by: steps[i]))
      guard let next = result.picking(places, axis: axis) else { return nil }
      result = next
    }
    return result
  }

  private static func split(
    _ node: ONNXGraph.Node, _ x: [GraphArray], axis: Int, output: Int
  ) -> GraphArray? {
    guard let axis = x[0].axis(axis), !node.outputs.isEmpty else { return nil }
    let even = (x[0].shape[axis] + node.outputs.count - 1) / node.outputs.count
    let sizes = x.count > 1 ? x[1].ints : [Int](repeating: even, count: node.outputs.count)
    guard let sizes, sizes.indices.contains(output), sizes.allSatisfy({ $0 >= 0 }) else { return nil }
    let start = sizes[..<output].reduce(0, +)
    return x[0].picking(Array(start..<min(start + sizes[output], x[0].shape[axis])), axis: axis)
  }

  /// Operators that only count the sides anew.
  private static func reshape(_ node: ONNXGraph.Node, _ x: [GraphArray], axis: Int) -> GraphArray? {
    guard let first = x.first else { return nil }
    var axes = x.count > 1 ? x[1].ints : nil
    if case .ints(let list)? = node.attributes["axes"] { axes = list }
    switch node.opType {
    case "Reshape":
      guard var sides = axes else { return nil }
      for i in sides.indices where sides[i] == 0 && first.shape.indices.contains(i) {
        sides[i] = first.shape[i]
      }
      if let open = sides.firstIndex(of: -1) {
        guard let rest = GraphArray.count(sides.filter { $0 != -1 }), rest > 0 else { return nil }
        sides[open] = first.values.count / rest
      }
      return first.reshaped(sides)
    case "Flatten":
      let place = axis < 0 ? axis + first.shape.count : axis
      guard (0...first.shape.count).contains(place) else { return nil }
      return first.reshaped([first.shape[..<place].reduce(1, *), first.shape[place...].reduce(1, *)])
    case "Unsqueeze":
      guard let axes else { return nil }
      let rank = first.shape.count + axes.count
      var sides = first.shape
      for place in axes.map({ $0 < 0 ? $0 + rank : $0 }).sorted() {
        guard (0...sides.count).contains(place) else { return nil }
        sides.insert(1, at: place)
      }
      return first.reshaped(sides)
    case "Squeeze":
      let places = axes?.map { $0 < 0 ? $0 + first.shape.count : $0 }
      func isKept(_ place: Int) -> Bool { places.map { !$0.contains(place) } ?? (first.shape[place] != 1) }
      let sides = first.shape.indices.filter(isKept)
      return first.reshaped(sides.map { first.shape[$0] })
    default: return nil
    }
  }
}
