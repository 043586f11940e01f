import MISTEdge
import MISTEdgeKernels

/// The C kernel for the best instruction set that the processor has, or plain Swift where it has none of those or the user
/// asks for it. The choice is made at run time, so that the network is specialised, and stands in the program, once.
enum RuntimeKernels: EdgeKernels {
  /// Set before the first product, while there is one thread.
  nonisolated(unsafe) static var portable = false

  @inline(never)
  static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float,
    a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
    beta: Float, c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    if portable {
      PortableKernels.gemm(
        transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, alpha: alpha,
        a: a, lda: lda, b: b, ldb: ldb, beta: beta, c: c, ldc: ldc)
    } else {
      NativeKernels.gemm(
        transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, alpha: alpha,
        a: a, lda: lda, b: b, ldb: ldb, beta: beta, c: c, ldc: ldc)
    }
  }

  static func softmax(_ x: UnsafeMutablePointer<Float>, rows: Int, width: Int) {
    if portable {
      PortableKernels.softmax(x, rows: rows, width: width)
    } else {
      NativeKernels.softmax(x, rows: rows, width: width)
    }
  }
}
