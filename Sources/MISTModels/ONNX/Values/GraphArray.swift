import Foundation

/// A small array of numbers that a graph holds or computes.
struct GraphArray {
  var shape: [Int]
  var values: [Double]
  /// Whether a division of it drops the remainder.
  var isInteger = false

  /// Most elements of one.
  static let largest = 1 << 22

  init?(_ shape: [Int], _ values: [Double], isInteger: Bool = false) {
    guard shape.reduce(1, *) == values.count, values.count <= Self.largest else { return nil }
    (self.shape, self.values, self.isInteger) = (shape, values, isInteger)
  }

  /// Elements that `shape` has; nil for impossible or too many.
  static func count(_ shape: [Int], atMost largest: Int = Self.largest) -> Int? {
    var count = 1
    for side in shape {
      let (next, overflow) = count.multipliedReportingOverflow(by: side)
      guard side >= 0, !overflow, next <= largest else { return nil }
      count = next
    }
    return count
  }

  var ints: [Int]? {
    // What stands for "to the end" in a Slice is beyond what a Double tells from its neighbours.
    let list = values.map { abs($0) >= 0x1p62 ? ($0 < 0 ? Int.min : Int.max) : Int(exactly: $0) }
    return list as? [Int]
  }

  /// What `move` makes of `operands`, whose values are called `names`. Nil for too many elements.
  init?(moving operands: [GraphArray], by move: ElementMove, from names: [String]) {
    guard let count = Self.count(move.shape) else { return nil }
    let places = Dictionary(zip(names, operands), uniquingKeysWith: { first, _ in first })
    var result: [Double] = []
    result.reserveCapacity(count)
    for i in 0..<count {
      let source = move.source(of: i)
      guard let array = places[source.value], array.values.indices.contains(source.index) else { return nil }
      result.append(array.values[source.index])
    }
    let isInteger = names.allSatisfy { places[$0]?.isInteger == true }
    self.init(move.shape, result, isInteger: isInteger)
  }

  /// Repeated along sides of 1, and along new ones in front, as far as `shape` says.
  func expanded(_ target: [Int]) -> GraphArray? {
    guard let sides = ShapeRules.broadcast(shape, target) else { return nil }
    return gathered(sides, ElementMove.broadcast(shape, sides))
  }

  func tiled(_ times: [Int]) -> GraphArray? {
    guard times.count == shape.count, times.allSatisfy({ $0 >= 0 }),
      let count = Self.count(zip(shape, times).map { $0.multipliedReportingOverflow(by: $1).partialValue })
    else { return nil }
    let sides = zip(shape, times).map { $0 * $1 }
    let (own, steps) = (ElementMove.steps(sides), ElementMove.steps(shape))
    let result = (0..<count).map { index in
      values[shape.indices.reduce(0) { $0 + index / own[$1] % shape[$1] * steps[$1] }]
    }
    return GraphArray(sides, result, isInteger: isInteger)
  }

  func map(_ body: (Double) -> Double) -> GraphArray {
    var result = self
    result.values = values.map(body)
    return result
  }

  static func combine(
    _ a: GraphArray, _ b: GraphArray, _ body: (Double, Double) -> Double
  ) -> GraphArray? {
    guard let shape = ShapeRules.broadcast(a.shape, b.shape), let x = a.expanded(shape),
      let y = b.expanded(shape)
    else {
      return nil
    }
    return GraphArray(shape, zip(x.values, y.values).map(body), isInteger: a.isInteger && b.isInteger)
  }

  private func gathered(_ sides: [Int], _ steps: [Int]) -> GraphArray? {
    guard let count = Self.count(sides) else { return nil }
    let own = ElementMove.steps(sides)
    let result = (0..<count).map { index in
      values[sides.indices.reduce(0) { $0 + index / own[$1] % sides[$1] * steps[$1] }]
    }
    return GraphArray(sides, result, isInteger: isInteger)
  }
}
