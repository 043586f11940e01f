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
  static func count(_ shape: [Int]) -> Int? {
    var count = 1
    for side in shape {
      let (next, overflow) = count.multipliedReportingOverflow(by: side)
      guard side >= 0, !overflow, next <= largest else { return nil }
      count = next
    }
    return count
  }

  var ints: [Int]? {
    let list = values.map { Int(exactly: $0) }
    return list as? [Int]
  }

  /// `axis` from the front; nil when there is none such.
  func axis(_ axis: Int) -> Int? {
    let place = axis < 0 ? axis + shape.count : axis
    return shape.indices.contains(place) ? place : nil
  }

  /// Elements before and after one axis together.
  private func around(_ axis: Int) -> (outer: Int, inner: Int) {
    (shape[..<axis].reduce(1, *), shape[(axis + 1)...].reduce(1, *))
  }

  /// The elements at `places` of `axis`, in this order.
  func picking(_ places: [Int], axis: Int) -> GraphArray? {
    guard places.allSatisfy((0..<shape[axis]).contains) else { return nil }
    let (outer, inner) = around(axis)
    var result: [Double] = []
    for o in 0..<outer {
      for place in places {
        let start = (o * shape[axis] + place) * inner
        result += values[start..<start + inner]
      }
    }
    var sides = shape
    sides[axis] = places.count
    return GraphArray(sides, result, isInteger: isInteger)
  }

  static func concat(_ parts: [GraphArray], axis: Int) -> GraphArray? {
    guard let first = parts.first, let axis = first.axis(axis) else { return nil }
    func others(_ shape: [Int]) -> [Int] { Array(shape[..<axis] + shape[(axis + 1)...]) }
    guard parts.allSatisfy({ $0.shape.count == first.shape.count && others($0.shape) == others(first.shape) })
    else { return nil }
    var result: [Double] = []
    for o in 0..<first.around(axis).outer {
      for part in parts {
        let length = part.shape[axis] * part.around(axis).inner
        result += part.values[o * length..<(o + 1) * length]
      }
    }
    var sides = first.shape
    sides[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
    return GraphArray(sides, result, isInteger: parts.allSatisfy(\.isInteger))
  }

  func reshaped(_ shape: [Int]) -> GraphArray? { GraphArray(shape, values, isInteger: isInteger) }

  func transposed(_ order: [Int]) -> GraphArray? {
    guard order.sorted() == Array(shape.indices) else { return nil }
    let sides = order.map { shape[$0] }
    let steps = Self.steps(shape)
    return Self.gather(sides, order.map { steps[$0] }, values, isInteger)
  }

  /// Repeated along sides of 1, and along new ones in front, as far as `shape` says.
  func expanded(_ target: [Int]) -> GraphArray? {
    guard let sides = Self.broadcast(shape, target), Self.count(sides) != nil else { return nil }
    let padded = [Int](repeating: 1, count: sides.count - shape.count) + shape
    let steps = zip(padded, Self.steps(padded)).map { $0 == 1 ? 0 : $1 }
    return Self.gather(sides, steps, values, isInteger)
  }

  func tiled(_ times: [Int]) -> GraphArray? {
    guard times.count == shape.count, times.allSatisfy({ $0 >= 0 }) else { return nil }
    var result = self
    for (axis, count) in times.enumerated() {
      guard let next = Self.concat([GraphArray](repeating: result, count: count), axis: axis) else {
        return nil
      }
      result = next
    }
    return result
  }

  func map(_ body: (Double) -> Double) -> GraphArray {
    var result = self
    result.values = values.map(body)
    return result
  }

  static func combine(
    _ a: GraphArray, _ b: GraphArray, _ body: (Double, Double) -> Double
  ) -> GraphArray? {
    guard let shape = broadcast(a.shape, b.shape), let x = a.expanded(shape), let y = b.expanded(shape) else {
      return nil
    }
    return GraphArray(shape, zip(x.values, y.values).map(body), isInteger: a.isInteger && b.isInteger)
  }

  private static func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    let x = [Int](repeating: 1, count: rank - a.count) + a
    let y = [Int](repeating: 1, count: rank - b.count) + b
    guard zip(x, y).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else { return nil }
    return zip(x, y).map { $0 == 1 ? $1 : $0 }
  }

  private static func steps(_ shape: [Int]) -> [Int] {
    var steps = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { steps[axis] = steps[axis + 1] * shape[axis + 1] }
    return steps
  }

  private static func gather(
    _ shape: [Int], _ steps: [Int], _ values: [Double], _ isInteger: Bool
  ) -> GraphArray? {
    guard let count = count(shape) else { return nil }
    let own = Self.steps(shape)
    let result = (0..<count).map { index in
      values[shape.indices.reduce(0) { $0 + index / own[$1] % shape[$1] * steps[$1] }]
    }
    return GraphArray(shape, result, isInteger: isInteger)
  }
}
