import COpenBLAS
import MISTEdge
import MISTKernels

/// Our own kernels, and OpenBLAS for matrix products where the processor has no vectors that ours are written for. A product stays on
/// its thread: training runs samples side by side, so that threads inside a product would only compete.
package enum HostKernels: EdgeKernels {
  /// Whether products are OpenBLAS's, which then uses the calling thread alone, in the whole process. Evaluated once.
  static let usesBLAS: Bool = {
    guard mist_isa_best() == MIST_ISA_SCALAR else { return false }
    openblas_set_num_threads(1)
    return true
  }()

  package static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float,
    a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
    beta: Float, c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    guard usesBLAS else {
      mist_sgemm(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
      return
    }
    // The sizes are a head's, which its layout has checked to be small.
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
  }

  package static func softmax(_ x: UnsafeMutablePointer<Float>, rows: Int, width: Int) {
    mist_softmax(x, rows, width, width, 1)
  }
}
