import COpenBLAS
import MISTEdge
import MISTKernels

/// Matrix products by OpenBLAS, one thread each, the rest by our own kernels: training runs samples side by side, so that threads inside a product would
/// only compete.
package enum BLASKernels: EdgeKernels {
  /// Makes OpenBLAS use the calling thread alone, for the whole process. Evaluated once.
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  package static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float,
    a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
    beta: Float, c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    _ = singleThreaded
    // The sizes are a head's, which its layout has checked to be small.
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
  }

  package static func softmax(_ x: UnsafeMutablePointer<Float>, rows: Int, width: Int) {
    mist_softmax(x, rows, width, width, 1)
  }
}
