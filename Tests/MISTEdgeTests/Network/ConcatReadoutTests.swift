import Foundation
import Testing

@testable import MISTEdge

/// Every token of every input, standardised without gain, and a linear classifier, in double precision.
private struct PlainConcat {
  let shape: NetworkShape
  let mask: [Double]

  func logits(_ parameters: [Double], _ inputs: [[Double]]) -> [Double] {
    var vector: [Double] = []
    for (stream, input) in zip(shape.streams, inputs) {
      for token in 0..<stream.tokens {
        let x = input[token * stream.channels..<(token + 1) * stream.channels]
        let mean = x.reduce(0, +) / Double(x.count)
        let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
        vector += x.map { ($0 - mean) / (variance + Double(shape.epsilon)).squareRoot() }
      }
    }
    return (0..<shape.classes).map { k in
      vector.indices.reduce(parameters[shape.classes * vector.count + k]) {
        $0 + parameters[k * vector.count + $1] * vector[$1] * mask[$1]
      }
    }
  }
}

@Suite("Layer tokens one after another")
struct ConcatReadoutTests {
  private static let shapes: [NetworkShape] = [
    NetworkShape(
      streams: [StreamShape(height: 1, width: 6, channels: 8)], readout: .pooled(.concat), classes: 3),
    NetworkShape(
      streams: [(2, 4), (1, 8), (3, 6)].map { StreamShape(height: 1, width: $0.0, channels: $0.1) },
      readout: .pooled(.concat), classes: 2, epsilon: 1e-3),
  ]

  @Test(
    "logits and every parameter's gradient are those of the plain form", arguments: shapes, [false, true])
  func plainForm(_ shape: NetworkShape, _ isDropping: Bool) throws {
    let parameters = HeadGolden.parameters(shape)
    let inputs = shape.streams.enumerated().map { i, stream in
      HeadGolden.uniform(1 + i, stream.tokens * stream.channels).map { $0 * 3 + 2 }
    }
    let mask: [Float] = HeadGolden.uniform(8, shape.classifierInput).map {
      isDropping ? ($0 > -0.5 ? 1.5 : 0) : 1
    }
    let direction = HeadGolden.uniform(9, shape.classes)
    let network = EdgeNetwork<PortableKernels>(shape)
    let scratch = NetworkScratch(shape, training: true)
    let sums = NetworkGradient(shape)
    network.prepare(parameters)
    var logits = [Float](repeating: .nan, count: shape.classes)
    var gradient = [Float](repeating: .nan, count: parameters.count)
    // The second time finds the scratch and the sums as the first left them.
    for _ in 0..<2 {
      for (input, values) in zip(scratch.inputs, inputs) { input.update(from: values, count: values.count) }
      mask.withUnsafeBufferPointer { mask in
        let masks = isDropping ? DropoutMasks(classifierInput: mask.baseAddress) : DropoutMasks()
        network.forward(scratch: scratch, masks: masks, into: &logits)
        network.backward(dLogits: direction, masks: masks, scratch: scratch, into: sums)
      }
      network.unfold(sums, parameters: parameters, into: &gradient)
      sums.clear()
    }
    let plain = PlainConcat(shape: shape, mask: mask.map(Double.init))
    let (p, x) = (parameters.map(Double.init), inputs.map { $0.map(Double.init) })
    #expect(relativeError(logits, plain.logits(p, x)) < HeadTolerance.f32Logits)
    for i in p.indices {
      func loss(_ step: Double) -> Double {
        var changed = p
        changed[i] += step
        return zip(plain.logits(changed, x), direction).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
      let expected = (loss(1e-5) - loss(-1e-5)) / 2e-5
      #expect(abs(Double(gradient[i]) - expected) < 1e-4 * max(1, abs(expected)), "parameter \(i)")
    }
  }

  @Test("its parameters are the classifier's alone, and begin as zeros") func parameters() {
    let shape = Self.shapes[1]
    let table = ParameterTable(shape)
    #expect(shape.classifierInput == 2 * 4 + 8 + 3 * 6 && table.count == 2 * (34 + 1))
    #expect(table.parameters.allSatisfy { $0.initialisation == .zeros })
    #expect(shape.minimumReader == 4 && shape.flaw == nil)
  }

  @Test("blocks and an input norm do not stand before it, and no other pooling reads several inputs")
  func flaws() {
    var shape = Self.shapes[0]
    shape.inputNorm = true
    #expect(shape.flaw == .concat)
    shape.inputNorm = false
    shape.streams[0].depth = 1
    #expect(shape.flaw == .concat)
    var several = Self.shapes[1]
    for pooling: Pooling in [.cls, .mean, .attentive(AttentiveShape(queries: 2))] {
      several.readout = .pooled(pooling)
      #expect(several.flaw == .stages)
    }
  }
}
