import MISTKernels
import Testing

@Suite("Small matrix product")
struct MatrixProductTests {
  /// Around every tile height and width of every set, around the depth of a packed panel, several panels of which the next is fetched,
  /// rows alone, and real shapes.
  static let shapes: [(m: Int, n: Int, k: Int)] =
    (1...17).map { ($0, 33, 7) } + [1, 5, 15, 16, 17, 31, 32, 40, 64].map { (13, $0, 7) }
    + [1, 2, 199, 200, 201, 401].map { (9, 18, $0) } + [(70, 70, 201), (65, 33, 401)]
    + [1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 100].map { (1, 5, $0) } + [(50, 64, 64)]

  @Test(arguments: KernelTests.sets, [(false, false), (false, true), (true, false), (true, true)])
  func agreesWithDoublePrecision(_ isa: mist_isa, _ transposed: (a: Bool, b: Bool)) {
    var random = Noise(seed: 6)
    for (m, n, k) in Self.shapes {
      // Leading dimensions wider than the matrices, and values between the rows that must not be touched.
      let lda = (transposed.a ? m : k) + 2
      let ldb = (transposed.b ? k : n) + 3
      let ldc = n + 1
      let a = random.floats(lda * (transposed.a ? k : m))
      let b = random.floats(ldb * (transposed.b ? n : k))
      let start = random.floats(ldc * m)
      var products = [Double](repeating: 0, count: m * n)
      for i in 0..<m {
        for j in 0..<n {
          for p in 0..<k {
            let x = transposed.a ? a[p * lda + i] : a[i * lda + p]
            products[i * n + j] += Double(x) * Double(transposed.b ? b[j * ldb + p] : b[p * ldb + j])
          }
        }
      }
      for (alpha, beta) in [(Float(1), Float(0)), (0.5, 1), (-2, 0.25)] {
        var c = start
        mist_sgemm_on(isa, transposed.a, transposed.b, m, n, k, alpha, a, lda, b, ldb, beta, &c, ldc)
        var worst = 0.0
        for i in 0..<m {
          for j in 0..<n {
            let expected = Double(alpha) * products[i * n + j] + Double(beta) * Double(start[i * ldc + j])
            worst = max(worst, abs(Double(c[i * ldc + j]) - expected))
          }
          if c[i * ldc + n] != start[i * ldc + n] { worst = .infinity }
        }
        // The plain twin adds one product after the other.
        #expect(
          worst < 2e-5 * Double(max(100, k)) / 100, "\(m)×\(n)×\(k) alpha \(alpha) beta \(beta): \(worst)")
      }
    }
  }

  @Test(arguments: KernelTests.sets) func zeroBetaNeverReadsC(_ isa: mist_isa) {
    for (m, n) in [(3, 5), (8, 32), (20, 70)] {
      let a = [Float](repeating: 1, count: m * 4)
      let b = [Float](repeating: 2, count: 4 * n)
      var c = [Float](repeating: .nan, count: m * n)
      mist_sgemm_on(isa, false, false, m, n, 4, 1, a, 4, b, n, 0, &c, n)
      #expect(c.allSatisfy { $0 == 8 })
      c = [Float](repeating: .nan, count: m * n)
      mist_sgemm_on(isa, false, false, m, n, 0, 1, a, 4, b, n, 0, &c, n)
      #expect(c.allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: KernelTests.sets) func emptySidesWriteNothing(_ isa: mist_isa) {
    var c: [Float] = [3]
    mist_sgemm_on(isa, false, false, 0, 1, 1, 1, [1], 1, [1], 1, 0, &c, 1)
    mist_sgemm_on(isa, false, false, 1, 0, 1, 1, [1], 1, [1], 1, 0, &c, 1)
    #expect(c == [3])
  }
}
