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

  @Test("GELU and its slope are those of the error function", arguments: [1, 8, 11])
  func gelus(_ n: Int) {
    for start in stride(from: -1200, to: 1200, by: n) {
      let x = (start..<start + n).map { Float($0) / 100 }
      var y = [Float](repeating: .nan, count: n)
      gelu(x, into: &y, n)
      var slope = [Float](repeating: 2, count: n)
      geluBackward(x, slope, into: &slope, n)
      for i in 0..<n {
        let v = Double(x[i])
        let cumulative = 0.5 * erfc(-v / 2.0.squareRoot())
        let density = Foundation.exp(-v * v / 2) / (2 * Double.pi).squareRoot()
        #expect(abs(Double(y[i]) - v * cumulative) < 3e-7 * max(1, abs(v)), "GELU \(v)")
        #expect(abs(Double(slope[i]) - 2 * (cumulative + v * density)) < 2e-6, "its slope at \(v)")
      }
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
