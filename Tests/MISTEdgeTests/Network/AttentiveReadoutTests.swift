import Foundation
import Testing

@testable import MISTEdge

/// The attentive readout as DESIGN defines it, in double precision, without the low-rank form.
private struct PlainAttentive {
  let shape: NetworkShape
  let own: AttentiveShape
  /// `[Q, T]` and `[C/d]`.
  let attentionMask: [Double]
  let mask: [Double]

  func logits(_ parameters: [Double], _ features: [Double]) -> [Double] {
    let table = ParameterTable(shape)
    func p(_ name: ParameterName, stream: Int? = nil, block: Int? = nil) -> [Double] {
      Array(parameters[table.range(name, stream: stream, block: block)])
    }
    let (t, c, r) = (shape.tokens, shape.channels, shape.rank)
    func norm(_ x: [Double], _ gain: [Double], _ bias: [Double]) -> [Double] {
      let mean = x.reduce(0, +) / Double(x.count)
      let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
      let scale = 1 / (variance + Double(shape.epsilon)).squareRoot()
      return x.indices.map { (x[$0] - mean) * scale * gain[$0] + bias[$0] }
    }
    func product(_ matrix: [Double], _ x: [Double]) -> [Double] {
      (0..<matrix.count / x.count).map { i in
        x.indices.reduce(0) { $0 + matrix[i * x.count + $1] * x[$1] }
      }
    }
    func softmax(_ x: [Double]) -> [Double] {
      let top = x.max() ?? 0
      let e = x.map { exp($0 - top) }
      let total = e.reduce(0, +)
      return e.map { $0 / total }
    }
    var x = (0..<t).map { Array(features[$0 * c..<($0 + 1) * c]) }
    if shape.inputNorm { x = x.map { norm($0, p(.inputGain, stream: 0), p(.inputBias, stream: 0)) } }
    for block in 0..<shape.depth where shape.function == .dwconv {
      let y = x.map {
        norm($0, p(.normGain, stream: 0, block: block), p(.normBias, stream: 0, block: block))
      }
      let kernels = p(.kernel, stream: 0, block: block)
      let (prefix, width) = (shape.streams[0].prefix, shape.streams[0].width)
      let old = x
      for i in prefix..<t {
        for j in prefix..<t {
          let (row, column) = (
            (j - prefix) / width - (i - prefix) / width, (j - prefix) % width - (i - prefix) % width
          )
          guard abs(row) <= 1, abs(column) <= 1 else { continue }
          for k in 0..<c { x[i][k] += kernels[9 * k + 3 * row + column + 4] * y[j][k] }
        }
        x[i] = zip(x[i], p(.kernelBias, stream: 0, block: block)).map { $0 + $1 }
      }
      precondition(Array(old[..<prefix]) == Array(x[..<prefix]))
    }
    for block in 0..<shape.depth where shape.function == .mlp {
      x = x.map {
        let y = norm($0, p(.normGain, stream: 0, block: block), p(.normBias, stream: 0, block: block))
        let o = product(p(.hidden, stream: 0, block: block), y).map {
          $0 * 0.5 * erfc(-$0 / 2.0.squareRoot())
        }
        return zip($0, product(p(.blockOutput, stream: 0, block: block), o)).map { $0 + $1 }
      }
    }
    for block in 0..<shape.depth where shape.function == .attention {
      let qkv = x.map {
        product(
          p(.blockInput, stream: 0, block: block),
          norm($0, p(.normGain, stream: 0, block: block), p(.normBias, stream: 0, block: block)))
      }
      let out = p(.blockOutput, stream: 0, block: block)
      x = x.indices.map { i in
        let a = softmax(
          x.indices.map { j in
            (0..<r).reduce(0) { $0 + qkv[i][$1] * qkv[j][r + $1] } / Double(r).squareRoot()
          })
        let o = (0..<r).map { k in x.indices.reduce(0) { $0 + a[$1] * qkv[$1][2 * r + k] } }
        return zip(x[i], product(out, o)).map { $0 + $1 }
      }
    }
    let y = x.map { norm($0, p(.normGain, stream: 0), p(.normBias, stream: 0)) }
    let (queries, values) = (p(.queries, stream: 0), p(.values))
    let rows = c / own.division / own.queries
    var vector: [Double] = []
    for q in 0..<own.queries {
      let u = Array(queries[q * c..<(q + 1) * c])
      let a = softmax(y.map { zip($0, u).reduce(0) { $0 + $1.0 * $1.1 } / Double(c).squareRoot() })
      let z = (0..<c).map { k in
        y.indices.reduce(0) { $0 + a[$1] * attentionMask[q * t + $1] * y[$1][k] }
      }
      vector += product(Array(values[q * rows * c..<(q + 1) * rows * c]), z)
    }
    vector = norm(vector, p(.valueGain), p(.valueBias))
    return zip(product(p(.classifier), zip(vector, mask).map { $0 * $1 }), p(.classifierBias)).map { $0 + $1 }
  }
}

@Suite("Attentive readout")
struct AttentiveReadoutTests {
  private static let shapes: [NetworkShape] = [
    NetworkShape(
      tokens: 7, channels: 12, classes: 3, depth: 0, rank: 4,
      pooling: .attentive(AttentiveShape(queries: 3, division: 2))),
    NetworkShape(
      tokens: 6, channels: 12, classes: 4, depth: 2, rank: 3, pooling: .attentive(AttentiveShape(queries: 4))),
    NetworkShape(
      tokens: 5, channels: 12, classes: 3, depth: 1, rank: 2,
      pooling: .attentive(AttentiveShape(queries: 2, division: 3)), inputNorm: true),
    NetworkShape(
      tokens: 9, channels: 16, classes: 2, depth: 0, rank: 2,
      pooling: .attentive(AttentiveShape(queries: 1)), inputNorm: true),
    NetworkShape(
      tokens: 6, channels: 12, classes: 4, depth: 2, function: .mlp, rank: 5,
      pooling: .attentive(AttentiveShape(queries: 3)), inputNorm: true),
    NetworkShape(
      grid: TokenGrid(prefix: 2, height: 2, width: 3), channels: 12, classes: 3, depth: 2, function: .dwconv,
      rank: 0,
      pooling: .attentive(AttentiveShape(queries: 2)), inputNorm: true),
    NetworkShape(
      tokens: 1, channels: 8, classes: 2, depth: 0, rank: 2, pooling: .attentive(AttentiveShape(queries: 2))),
  ]

  @Test(
    "logits and every parameter's gradient are those of the plain form", arguments: shapes, [false, true])
  func plainForm(_ shape: NetworkShape, _ isDropping: Bool) throws {
    guard case .pooled(.attentive(let own)) = shape.readout else { return }
    let parameters = HeadGolden.parameters(shape)
    let features = HeadGolden.uniform(1, shape.tokens * shape.channels).map { $0 * 3 }
    func mask(_ stream: Int, _ count: Int) -> [Float] {
      HeadGolden.uniform(stream, count).map { isDropping ? ($0 > -0.5 ? 1.5 : 0) : 1 }
    }
    let attentionMask = mask(3, own.queries * shape.tokens)
    let mask = mask(4, shape.classifierInput)
    let direction = HeadGolden.uniform(5, shape.classes)

    let (logits, gradient) = PlainForm.network(
      shape, parameters, inputs: [features], direction: direction, mask: isDropping ? mask : nil,
      attention: isDropping ? attentionMask : nil)
    let plain = PlainAttentive(
      shape: shape, own: own, attentionMask: attentionMask.map(Double.init), mask: mask.map(Double.init))
    let (p, x) = (parameters.map(Double.init), features.map(Double.init))
    #expect(relativeError(logits, plain.logits(p, x)) < HeadTolerance.f32Logits)
    let expected = PlainForm.derivatives(p, direction: direction) { plain.logits($0, x) }
    for parameter in ParameterTable(shape).parameters {
      // A bias before a softmax over tokens, and the norm of one query's only token, have no gradient but noise.
      let scale = expected[parameter.range].map(abs).max() ?? 0
      let worst = parameter.range.map { abs(Double(gradient[$0]) - expected[$0]) }.max() ?? 0
      #expect(worst < HeadTolerance.f32Gradients * max(scale, 0.05), "\(parameter.name.text)")
    }
  }

  @Test("parameters are QC + C²/d, two norms and the classifier")
  func parameters() {
    let shape = NetworkShape(
      tokens: 257, channels: 384, classes: 16, depth: 0,
      pooling: .attentive(AttentiveShape(queries: 8, division: 2)))
    let count = 8 * 384 + 384 * 384 / 2 + 2 * 384 + 2 * 192 + 16 * 193
    #expect(ParameterTable(shape).count == count)
    #expect(shape.flaw == nil)
  }

  @Test("queries must divide the channels", arguments: [(5, 1), (8, 5), (0, 1), (8, 0), (257, 1)])
  func impossible(_ queries: Int, _ division: Int) {
    #expect(!AttentiveShape(queries: queries, division: division).fits(384))
  }
}
