import Foundation
import Testing

@testable import MISTEdge

@Suite("Optimisation")
struct OptimisationTests {
  @Test("two steps of AdamW, worked out in float64")
  func adam() {
    let gradients: [[Float]] = [[0.5, -2, 0], [-0.25, -1, 3]]
    var p: [Float] = [1, -1, 0.5]
    let optimiser = AdamW(count: 3)
    var expected = p.map(Double.init)
    var (m, v) = ([0.0, 0, 0], [0.0, 0, 0])
    for (step, g) in gradients.enumerated() {
      optimiser.advance()
      optimiser.update(&p, gradient: g, range: 0..<2, rate: 0.1, weightDecay: 0.5)
      optimiser.update(&p, gradient: g, range: 2..<3, rate: 0.1, weightDecay: 0)
      for i in 0..<3 {
        let d = Double(g[i])
        m[i] = 0.9 * m[i] + 0.1 * d
        v[i] = 0.999 * v[i] + 0.001 * d * d
        let (mh, vh) = (m[i] / (1 - pow(0.9, Double(step + 1))), v[i] / (1 - pow(0.999, Double(step + 1))))
        expected[i] -= 0.1 * (i < 2 ? 0.5 : 0) * expected[i]
        expected[i] -= 0.1 * mh / (vh.squareRoot() + 1e-8)
      }
    }
    for i in 0..<3 { #expect(abs(Double(p[i]) - expected[i]) < 1e-5) }
  }

  @Test("matrices decay, gains and biases do not, and every parameter is stepped once")
  func table() {
    let shape = NetworkShape(tokens: 3, channels: 5, classes: 2, depth: 2, rank: 3, inputNorm: true)
    let table = ParameterTable(shape)
    var values = [Float](repeating: 1, count: table.count)
    let gradient = [Float](repeating: 0, count: table.count)
    AdamW(count: table.count).step(&values, gradient: gradient, table, rate: 0.1, weightDecay: 0.5)
    for parameter in table.parameters {
      let expected: Float = parameter.isMatrix ? 1 - 0.1 * 0.5 : 1
      #expect(values[parameter.range].allSatisfy { $0 == expected }, "\(parameter.name.text)")
    }
  }

  @Test("cosine schedule")
  func cosine() {
    let schedule = CosineSchedule(rate: 2, steps: 10)
    for step in 0...10 {
      let expected = 1 + cos(Double.pi * Double(step) / 10)
      #expect(abs(Double(schedule[step]) - expected) < 1e-6)
    }
  }

  @Test("cross-entropy and its gradient, by differences", arguments: [Float(0), 0.1])
  func crossEntropy(_ smoothing: Float) {
    let logits: [Float] = [1, -2, 0.5, 3]
    var d = [Float](repeating: 0, count: 4)
    var ignored = d
    func loss(_ x: [Float], _ out: inout [Float]) -> Float {
      SoftmaxCrossEntropy.loss(
        logits: x, classes: 4, label: 2, smoothing: smoothing, weight: 0.5, dLogits: &out)
    }
    let value = loss(logits, &d)
    let total = logits.reduce(0) { $0 + exp(Double($1)) }
    let negative = logits.map { log(total) - Double($0) }
    let expected = (1 - Double(smoothing)) * negative[2] + Double(smoothing) / 4 * negative.reduce(0, +)
    #expect(abs(Double(value) - expected) < 1e-6)
    // The gradient may take the logits' place.
    var inPlace = logits
    let same = inPlace.withUnsafeMutableBufferPointer {
      SoftmaxCrossEntropy.loss(
        logits: $0.baseAddress!, classes: 4, label: 2, smoothing: smoothing, weight: 0.5,
        dLogits: $0.baseAddress!)
    }
    #expect(same == value && inPlace == d)
    for i in 0..<4 {
      var (up, down) = (logits, logits)
      up[i] += 1e-2
      down[i] -= 1e-2
      let slope = (loss(up, &ignored) - loss(down, &ignored)) / 2e-2
      #expect(abs(0.5 * slope - d[i]) < 1e-4)
    }
  }
}
