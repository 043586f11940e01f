import Foundation
import Testing

@testable import MISTBackbone

@Suite("Attention")
struct AttentionTests {
  /// One block of query rows, several with a shorter last one, and a stride that needs padding against cache conflicts.
  @Test(arguments: [(5, 1), (197, 2), (600, 2), (256, 3)])
  func agreesWithDoublePrecision(_ tokens: Int, _ heads: Int) {
    let depth = 5
    let width = heads * depth
    let attention = Attention(tokens: tokens, width: width, heads: heads)
    #expect((attention.rows < tokens) == (tokens == 600))
    var random = Noise(seed: UInt64(tokens))
    let qkv = random.floats(tokens * 3 * width)
    var out = [Float](repeating: .nan, count: tokens * width)
    var scores = [Float](repeating: .nan, count: attention.scratchCount)
    attention.run(qkv, into: &out, scores: &scores)
    #expect(out.allSatisfy { $0.isFinite })
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
          #expect(abs(Double(out[query * width + head * depth + i]) - expected) < 2e-6)
        }
      }
    }
  }
}
