import MISTKernels
import Testing

/// Products of floats that are rounded to bfloat16, on every instruction set that runs here.
@Suite struct BF16GEMMTests {
  /// Around every tile and panel, and more depth and rows than are rounded at a time.
  static let shapes: [(m: Int, n: Int, k: Int)] =
    [(1, 1, 1), (5, 18, 2), (6, 64, 31), (7, 65, 32), (13, 80, 7), (50, 33, 64)]
    + [(3, 17, 1025), (140, 5, 1024), (300, 70, 450)]

  @Test(arguments: NarrowProductTests.bf16Sets, [(false, false), (false, true), (true, false), (true, true)])
  func operandsAreRoundedAndSumsAreFloats(_ set: mist_dots, _ turned: (a: Bool, b: Bool)) {
    var random = Noise(seed: 41)
    for (m, n, k) in Self.shapes {
      let (lda, ldb, ldc) = ((turned.a ? m : k) + 3, (turned.b ? k : n) + 2, n + 1)
      let a = random.floats((turned.a ? k : m) * lda)
      let b = random.floats((turned.b ? n : k) * ldb)
      let before = random.floats(m * ldc)
      for beta: Float in [0, 0.25] {
        // β = 0 reads nothing of C.
        var c = beta == 0 ? [Float](repeating: .nan, count: m * ldc) : before
        mist_bf16_gemm_on(set, turned.a, turned.b, m, n, k, 0.5, a, lda, b, ldb, beta, &c, ldc)
        var worst = 0.0
        for i in 0..<m {
          for j in 0..<n {
            var exact = 0.0
            for p in 0..<k {
              let x = a[turned.a ? p * lda + i : i * lda + p]
              let y = b[turned.b ? j * ldb + p : p * ldb + j]
              exact += Self.rounded(x) * Self.rounded(y)
            }
            exact = 0.5 * exact + (beta == 0 ? 0 : Double(beta * before[i * ldc + j]))
            worst = max(worst, abs(Double(c[i * ldc + j]) - exact))
          }
        }
        #expect(worst < 1e-4, "\(m) × \(n) × \(k), β \(beta)")
        // What lies between rows is not touched.
        let between = (0..<m).map { c[$0 * ldc + n] }
        #expect(beta == 0 ? between.allSatisfy(\.isNaN) : between == (0..<m).map { before[$0 * ldc + n] })
      }
    }
  }

  @Test func nothingToSumScales() {
    var c: [Float] = [1, 2, 3, 4]
    mist_bf16_gemm(false, false, 2, 2, 0, 1, [0], 0, [0], 2, 0.5, &c, 2)
    #expect(c == [0.5, 1, 1.5, 2])
    mist_bf16_gemm(false, false, 2, 2, 0, 1, [0], 0, [0], 2, 0, &c, 2)
    #expect(c == [0, 0, 0, 0])
  }

  @Test(arguments: [(1, 5, 7), (9, 40, 64), (200, 70, 1030)])
  func packedWeightsGiveTheSame(_ m: Int, _ n: Int, _ k: Int) {
    var random = Noise(seed: 42)
    let (x, w, before) = (random.floats(m * (k + 1)), random.floats(n * k), random.floats(m * n))
    var packed = [UInt8](repeating: 0, count: mist_packed_bytes(MIST_BF16, n, k))
    mist_bf16_pack(w, n, k, &packed)
    for adding in [false, true] {
      var (found, other) = (before, before)
      mist_bf16_product_of_floats(x, k + 1, m, k, packed, n, adding, &found, n)
      mist_bf16_gemm(false, true, m, n, k, 1, x, k + 1, w, k, adding ? 1 : 0, &other, n)
      let worst = zip(found, other).map { abs($0 - $1) }.max() ?? 1
      #expect(worst < 1e-4)
    }
  }

  private static func rounded(_ x: Float) -> Double {
    NarrowProductTests.float(NarrowProductTests.rounded(x))
  }
}
