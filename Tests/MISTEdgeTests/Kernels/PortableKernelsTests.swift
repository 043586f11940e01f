import Testing

@testable import MISTEdge

@Suite("Matrix products in plain Swift")
struct PortableKernelsTests {
  struct Case: Sendable {
    let m: Int, n: Int, k: Int
    let transposeA: Bool, transposeB: Bool
    let alpha: Float, beta: Float
  }

  static let cases: [Case] = [
    (1, 1, 1), (4, 8, 16), (5, 9, 7), (3, 17, 300), (13, 4, 513), (0, 3, 2), (2, 3, 0),
  ]
  .flatMap { size in
    [(false, false), (false, true), (true, false), (true, true)].flatMap { t in
      [(1, 0), (0.5, 1), (2, -0.5)].map { (a: Float, b: Float) in
        Case(
          m: size.0, n: size.1, k: size.2, transposeA: t.0, transposeB: t.1, alpha: a, beta: b)
      }
    }
  }

  @Test("against the definition, with rows wider than needed", arguments: cases)
  func definition(_ x: Case) {
    let lda = (x.transposeA ? x.m : x.k) + 3
    let ldb = (x.transposeB ? x.k : x.n) + 2
    let ldc = x.n + 1
    let a = HeadGolden.uniform(1, lda * max(x.m, x.k))
    let b = HeadGolden.uniform(2, ldb * max(x.n, x.k))
    let before: [Float] =
      x.beta == 0 ? .init(repeating: .nan, count: ldc * x.m) : HeadGolden.uniform(3, ldc * x.m)
    var c = before
    PortableKernels.gemm(
      transposeA: x.transposeA, transposeB: x.transposeB, m: x.m, n: x.n, k: x.k, alpha: x.alpha, a: a,
      lda: lda,
      b: b, ldb: ldb, beta: x.beta, c: &c, ldc: ldc)
    for i in 0..<x.m {
      for j in 0..<x.n {
        var sum = x.beta == 0 ? 0 : Double(x.beta) * Double(before[i * ldc + j])
        for p in 0..<x.k {
          let left = x.transposeA ? a[p * lda + i] : a[i * lda + p]
          let right = x.transposeB ? b[j * ldb + p] : b[p * ldb + j]
          sum += Double(x.alpha) * Double(left) * Double(right)
        }
        #expect(abs(Double(c[i * ldc + j]) - sum) < 1e-6 * Double(x.k + 10))
      }
      // What lies beside the result stays.
      let beside = c[i * ldc + x.n]
      #expect(beside == before[i * ldc + x.n] || beside.isNaN)
    }
  }
}
