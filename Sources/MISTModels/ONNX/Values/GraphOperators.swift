import Foundation
import MISTFormats

/// ONNX's operators on small arrays.
enum GraphOperators {
  /// Output number `output` of `node` on `x`; nil for operators that are not known here, and for operands that do not fit.
  static func apply(_ node: ONNXGraph.Node, _ x: [GraphArray], output: Int) -> GraphArray? {
    guard node.domain.isEmpty || node.domain == "ai.onnx" else { return nil }
    if x.count == 1, let function = unary[node.opType] { return x[0].map(function) }
    if x.count == 2, let function = binary[node.opType] { return GraphArray.combine(x[0], x[1], function) }
    if !node.inputs.contains(""),
      let move = ElementMove(
        node, output: output, shapes: x.map(\.shape), ints: { x.indices.contains($0) ? x[$0].ints : nil })
    {
      return GraphArray(moving: x, by: move, from: node.inputs)
    }
    func int(_ name: String, _ usual: Int) -> Int {
      if case .int(let value)? = node.attributes[name] { value } else { usual }
    }
    switch (node.opType, x.count) {
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
    case ("Range", 3): return range(x)
    case ("Tile", 2): return x[1].ints.flatMap { x[0].tiled($0) }
    default: return nil
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
}
