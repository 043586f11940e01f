import Foundation
import Testing

@testable import MISTEdge

@Suite("Row arithmetic")
struct VectorMathTests {
  @Test("exponential and logarithm are within a few units in the last place")
  func exponentials() {
    for i in -8700...880 {
      let x = Float(i) / 100
      let expected = Foundation.exp(Double(x))
      #expect(abs(Double(exponential(x)) - expected) < 4e-7 * expected, "exp \(x)")
    }
    #expect(exponential(-1000) < 2e-38)
    for i in 1...4000 {
      let x = Float(i) * Float(i) * 1e-3
      let expected = Foundation.log(Double(x))
      #expect(abs(Double(logarithm(x)) - expected) < 3e-7 * max(1, abs(expected)), "log \(x)")
    }
  }

  @Test("rows of every remainder", arguments: [1, 3, 7, 8, 9, 16, 29])
  func rows(_ n: Int) {
    let x = HeadGolden.uniform(1, n).map { $0 * 20 }
    let y = HeadGolden.uniform(2, n)
    #expect(abs(sum(x, n) - x.reduce(0, +)) < 1e-4)
    #expect(abs(dot(x, y, n) - zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }) < 1e-4)
    var soft = x
    softmax(&soft, n)
    let largest = x.max() ?? 0
    let total = x.reduce(0.0) { $0 + Foundation.exp(Double($1 - largest)) }
    for i in 0..<n {
      #expect(abs(Double(soft[i]) - Foundation.exp(Double(x[i] - largest)) / total) < 1e-6)
    }
    var centred = x
    let square = centre(&centred, n)
    #expect(abs(centred.reduce(0, +)) < 1e-3)
    #expect(abs(square - centred.reduce(0) { $0 + $1 * $1 }) <= 1e-5 * max(1, square))
  }
}
