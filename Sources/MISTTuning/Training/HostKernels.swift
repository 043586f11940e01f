import COpenBLAS
import MISTEdge
import MISTKernels

/// Our own kernels, and OpenBLAS for matrix products that would leave much of their register tiles empty, or where the processor has no
/// vectors that ours are written for. A product stays on its thread: training runs samples side by side, so that threads inside a product
/// would only compete.
package enum HostKernels: EdgeKernels {
  /// Columns that our products form at a time; 0 where they are not written for this processor.
  private static let width = mist_isa_best() == MIST_ISA_SCALAR ? 0 : mist_packed_count(1, 1)
  /// Makes OpenBLAS use the calling thread alone, for the whole process. Evaluated once.
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  /// Whether a product of `m` rows and `n` columns is ours: where at most a fifth of what its tiles form lies past the last column. A
  /// single row is read as it lies.
  private static func isOurs(_ m: Int, _ n: Int) -> Bool {
    guard width > 0 else { return false }
    return m == 1 || 4 * ((width - n % width) % width) <= n
  }

  package static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float,
    a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
    beta: Float, c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    guard !isOurs(m, n) else {
      mist_sgemm(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
      return
    }
    _ = singleThreaded
    // The sizes are a head's, which its layout has checked to be small.
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
  }

  package static func softmax(_ x: UnsafeMutablePointer<Float>, rows: Int, width: Int) {
    mist_softmax(x, rows, width, width, 1)
  }

  package static func packedCount(_ count: Int, depth: Int) -> Int {
    width == 0 ? 0 : mist_packed_count(count, depth)
  }

  package static func pack(
    _ rows: UnsafePointer<Float>, count: Int, depth: Int, into packed: UnsafeMutablePointer<Float>
  ) { mist_pack(rows, count, depth, depth, 1, packed) }

  package static func product(
    _ a: UnsafePointer<Float>, m: Int, depth: Int, packed: UnsafePointer<Float>, count: Int, adding: Bool,
    into c: UnsafeMutablePointer<Float>, ldc: Int
  ) { mist_product(a, depth, m, depth, packed, count, nil, adding, c, ldc) }

  package static func adam(
    _ parameters: UnsafeMutablePointer<Float>, mean: UnsafeMutablePointer<Float>,
    square: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int, _ factors: AdamFactors
  ) {
    var f = mist_adam_factors(
      beta1: factors.beta1, new1: factors.new1, beta2: factors.beta2, new2: factors.new2, keep: factors.keep,
      step: factors.step, correction: factors.correction, epsilon: factors.epsilon)
    mist_adam(parameters, mean, square, gradient, count, &f)
  }
}
