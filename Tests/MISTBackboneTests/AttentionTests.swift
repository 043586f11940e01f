import Foundation
import Testing

@testable import MISTBackbone

@Suite("Attention")
struct AttentionTests {
  /// One block of query rows, several with a shorter last one, and a stride that needs padding against cache conflicts.
  @Test(
    arguments: [(5, 1), (197, 2), (600, 2), (256, 3)],
    [(ActivationElement.f32, 2e-6), (.bf16, 6e-3)])
  func agreesWithDoublePrecision(_ size: (tokens: Int, heads: Int), _ kind: (ActivationElement, Double)) {
    let ((tokens, heads), (element, tolerance)) = (size, kind)
    let depth = 5
    let width = heads * depth
    let attention = Attention(tokens: tokens, width: width, heads: heads)
    #expect((attention.rows < tokens) == (tokens == 600))
    var random = Noise(seed: UInt64(tokens))
    let qkv = random.floats(tokens * 3 * width).map { element == .f32 ? $0 : rounded($0) }
    let memory = ActivationBuffer(element, rows: tokens, width: 3 * width)
    let result = ActivationBuffer(element, rows: tokens, width: width)
    let (input, outputs) = (memory.rows(of: 3 * width), result.rows(of: width))
    input.convert(qkv, rows: tokens, width: 3 * width, apart: 3 * width)
    attention.run(input, into: outputs, TokenAttentionScratch(attention, element))
    for head in 0..<heads {
      for query in Swift.stride(from: 0, to: tokens, by: max(1, tokens / 12)) + [tokens - 1] {
        func value(_ token: Int, _ part: Int, _ i: Int) -> Double {
          Double(qkv[token * 3 * width + part * width + head * depth + i])
        }
        let weights = (0..<tokens).map { key in
          exp(
            (0..<depth).reduce(0.0) { $0 + value(query, 0, $1) * value(key, 1, $1) }
              / Double(depth).squareRoot())
        }
        let total = weights.reduce(0, +)
        for i in 0..<depth {
          let expected = (0..<tokens).reduce(0.0) { $0 + weights[$1] * value($1, 2, i) } / total
          let at = query * outputs.stride + head * depth + i
          let found =
            element == .f32
            ? outputs.floats[at] : Float(bitPattern: UInt32(outputs.halves[at]) << 16)
          #expect(abs(Double(found) - expected) < tolerance)
        }
      }
    }
  }

  private func rounded(_ x: Float) -> Float { Float(NarrowProductTests.float(NarrowProductTests.rounded(x))) }
}
