import Foundation
import Testing

@testable import MISTEdge

@Suite("Loss and schedule of segmentation")
struct MapLossTests {
  private let logits: [Float] = [1, -2, 0.5, 3, 3, -1, 0, 0, 200, 3, -100, 7]

  @Test("cross-entropy over labelled positions, worked out in float64; in place too")
  func labelled() {
    let labels: [UInt8] = [2, 255, 0]
    var d = [Float](repeating: .nan, count: 12)
    let result = MapCrossEntropy.loss(
      logits: logits, labels: labels, positions: 3, classes: 4, weight: 0.5, dLogits: &d)
    var expected = [Double](repeating: 0, count: 12)
    var loss = 0.0
    for p in [0, 2] {
      let row = logits[p * 4..<(p + 1) * 4].map(Double.init)
      let top = row.max() ?? 0
      let total = row.reduce(0) { $0 + exp($1 - top) }
      loss += log(total) + top - row[Int(labels[p])]
      for i in 0..<4 {
        expected[p * 4 + i] = 0.5 * (exp(row[i] - top) / total - (i == Int(labels[p]) ? 1 : 0))
      }
    }
    #expect(abs(Double(result.loss) - 0.5 * loss) < 1e-6)
    #expect(result.counted == 2)
    #expect(result.correct == 1)
    for i in 0..<12 { #expect(abs(Double(d[i]) - expected[i]) < 1e-6) }

    var same = logits
    same.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      _ = MapCrossEntropy.loss(
        logits: base, labels: labels, positions: 3, classes: 4, weight: 0.5, dLogits: base)
    }
    #expect(same == d)
  }

  @Test("the first of equal logits is the prediction")
  func ties() {
    var d = [Float](repeating: .nan, count: 12)
    let tied: [UInt8] = [3, 0, 0]
    let other: [UInt8] = [3, 1, 0]
    func correct(_ labels: [UInt8]) -> Int {
      var x = logits
      x[5] = 3
      return MapCrossEntropy.loss(logits: x, labels: labels, positions: 3, classes: 4, weight: 1, dLogits: &d)
        .correct
    }
    #expect(correct(tied) == 3)
    #expect(correct(other) == 2)
  }

  @Test(
    "no labelled position: loss and gradient are zero",
    arguments: [[UInt8](repeating: 255, count: 3), [4, 255, 9]])
  func ignored(_ labels: [UInt8]) {
    var d = [Float](repeating: .nan, count: 12)
    let result = MapCrossEntropy.loss(
      logits: logits, labels: labels, positions: 3, classes: 4, weight: 0, dLogits: &d)
    #expect(result.loss == 0)
    #expect(result.counted == 0)
    #expect(result.correct == 0)
    #expect(d.allSatisfy { $0 == 0 })
  }

  @Test("poly schedule", arguments: [Float(1), 0.9, 2, 0])
  func poly(_ power: Float) {
    let schedule = PolySchedule(rate: 0.5, steps: 20, power: power)
    let warm = PolySchedule(rate: 0.5, steps: 20, power: power, warmup: 4)
    for step in 0...20 {
      let expected = 0.5 * pow(1 - Double(step) / 20, Double(power))
      #expect(abs(Double(schedule[step]) - expected) < 1e-6)
      let rise = min(1, Double(step + 1) / 4)
      #expect(abs(Double(warm[step]) - expected * rise) < 1e-6)
    }
  }
}
