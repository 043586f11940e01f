import MISTFormats
import MISTKernels
import Testing

@testable import MISTBackbone

/// Rounding of weights by what enters a product.
@Suite struct CompensatedRoundingTests {
  private static let rows = 300

  /// Rows whose values go together: a few shared ones, a mean, and noise of their own.
  private func inputs(_ depth: Int) -> [Float] {
    var random = Noise(seed: 31)
    let shared = random.floats(depth * 5)
    return (0..<Self.rows).flatMap { _ in
      let factors = random.floats(5)
      return (0..<depth).map { place in
        (0..<5).reduce(0.5 + 0.1 * random.next()) { $0 + factors[$1] * shared[$1 * depth + place] }
      }
    }
  }

  private func moments(_ x: [Float], _ depth: Int, threads: Int) throws -> SecondMoments {
    let moments = SecondMoments(depth: depth, threads: threads)
    try moments.add(x, rows: Self.rows, count: 2, depth)
    return moments
  }

  private func rounded(
    _ weights: [Float], _ moments: SecondMoments, _ columns: Int, _ scales: [Float]
  ) throws -> [Float] {
    let found = try weights.withUnsafeBufferPointer {
      try CompensatedRounding(moments).round($0, columns: columns, scales: scales)
    }
    return (0..<weights.count).map { found.pointer[$0] }
  }

  private func error(_ weights: [Float], _ others: [Float], _ x: [Float], _ depth: Int) -> Double {
    var sum = 0.0
    for row in 0..<Self.rows {
      for column in 0..<weights.count / depth {
        var difference = 0.0
        for place in 0..<depth {
          let w = weights[column * depth + place] - others[column * depth + place]
          difference += Double(w) * Double(x[row * depth + place])
        }
        sum += difference * difference
      }
    }
    return sum
  }

  @Test(arguments: [1, 7, 65, 140, 300])
  func errorsOfInputsThatGoTogetherMakeUpForEachOther(_ depth: Int) throws {
    var random = Noise(seed: 32)
    let columns = 35
    let (weights, x) = (random.floats(columns * depth), inputs(depth))
    var scales = [Float](repeating: 0, count: columns)
    mist_int8_scales(weights, columns, depth, &scales)
    let found = try rounded(weights, moments(x, depth, threads: 1), columns, scales)
    var nearest = weights
    for column in 0..<columns {
      for place in 0..<depth {
        let (at, scale) = (column * depth + place, scales[column])
        nearest[at] = (weights[at] / scale).rounded() * scale
        let steps = found[at] / scale
        #expect(abs(steps - steps.rounded()) < 1e-3 && abs(steps) < 127.001)
      }
    }
    let plain = error(weights, nearest, x, depth)
    let own = error(weights, found, x, depth)
    if depth >= 65 { #expect(own < plain / 4, "\(own) beside \(plain)") } else { #expect(own <= plain) }
    #expect(try rounded(weights, moments(x, depth, threads: 3), columns, scales) == found)
  }

  /// Against the definition in double precision, one input after another.
  @Test func itIsTheNearestPlane() throws {
    var random = Noise(seed: 33)
    let (columns, depth) = (3, 90)
    let (weights, x) = (random.floats(columns * depth), inputs(depth))
    var scales = [Float](repeating: 0, count: columns)
    mist_int8_scales(weights, columns, depth, &scales)
    let found = try rounded(weights, moments(x, depth, threads: 2), columns, scales)
    let twin = NearestPlane(x, rows: 2 * Self.rows, depth: depth)
    var others = 0
    for column in 0..<columns {
      let steps = twin.round(Array(weights[column * depth..<(column + 1) * depth]), scale: scales[column])
      for place in 0..<depth {
        if abs(found[column * depth + place] / scales[column] - Float(steps[place])) > 0.5 { others += 1 }
      }
    }
    #expect(others <= 3, "\(others) of \(columns * depth)")
  }

  @Test func momentsThatAreNoNumbersAreRefused() {
    var x = inputs(8)
    x[5] = .nan
    let error = #expect(throws: MISTError.self) { try CompensatedRounding(moments(x, 8, threads: 1)) }
    #expect(error?.code == .backbonePrecision)
  }
}

extension SecondMoments {
  /// The same rows `count` times.
  fileprivate func add(_ x: [Float], rows: Int, count: Int, _ depth: Int) throws {
    for _ in 0..<count { try add(x, rows: rows) }
  }
}

/// The plain twin.
private struct NearestPlane {
  private let places: [Int]
  private var factor: [[Double]]

  /// Of rows `x`, seen so often that there are `rows`.
  init(_ x: [Float], rows: Int, depth: Int) {
    let times = Double(rows * depth / x.count)
    var sums = [[Double]](repeating: [Double](repeating: 0, count: depth), count: depth)
    for first in stride(from: 0, to: x.count, by: depth) {
      for a in 0..<depth {
        for b in 0..<depth { sums[a][b] += times * Double(x[first + a]) * Double(x[first + b]) }
      }
    }
    let mean = (0..<depth).reduce(0) { $0 + sums[$1][$1] } / Double(depth)
    let places = (0..<depth).sorted { sums[$0][$0] < sums[$1][$1] }
    var factor = places.map { a in places.map { b in sums[a][b] + (a == b ? 0.01 * mean : 0) } }
    for row in 0..<depth {
      for above in 0..<row {
        for column in row..<depth { factor[row][column] -= factor[above][row] * factor[above][column] }
      }
      let root = factor[row][row].squareRoot()
      for column in row..<depth { factor[row][column] /= root }
    }
    (self.places, self.factor) = (places, factor)
  }

  func round(_ weights: [Float], scale: Float) -> [Int] {
    var steps = [Int](repeating: 0, count: weights.count)
    var errors = [Double](repeating: 0, count: weights.count)
    for row in places.indices.reversed() {
      let sum = (row + 1..<places.count).reduce(0) { $0 + factor[row][$1] * errors[$1] }
      let weight = Double(weights[places[row]])
      let step = max(-127, min(127, ((weight + sum / factor[row][row]) / Double(scale)).rounded()))
      errors[row] = weight - step * Double(scale)
      steps[places[row]] = Int(step)
    }
    return steps
  }
}
