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
    let (logits, gradient) = PlainForm.network(
      shape, parameters, inputs: inputs, direction: direction, mask: isDropping ? mask : nil)
    let plain = PlainConcat(shape: shape, mask: mask.map(Double.init))
    let (p, x) = (parameters.map(Double.init), inputs.map { $0.map(Double.init) })
    #expect(relativeError(logits, plain.logits(p, x)) < HeadTolerance.f32Logits)
    let expected = PlainForm.derivatives(p, direction: direction) { plain.logits($0, x) }
    for (i, expected) in expected.enumerated() {
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
