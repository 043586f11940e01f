import COpenBLAS
import MISTEdge
import MISTFormats
import Synchronization

/// Matrix products by OpenBLAS, one thread each: training runs samples side by side, so that threads inside a product would
/// only compete.
package enum BLASKernels: EdgeKernels {
  /// Makes OpenBLAS use the calling thread alone, for the whole process. Evaluated once.
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  /// Addresses that OpenBLAS takes, and keeps, for every product that runs at a time. Where it gets none, it tries again for ever.
  private static let bufferBytes = 160 << 20
  /// Products at a time that there are addresses for.
  private static let granted = Mutex(0)

  /// To be called before `threads` products run at a time. Throws `memory.insufficient` when the process may not have the addresses
  /// that OpenBLAS takes for them.
  static func requireBuffers(_ threads: Int, for purpose: String) throws {
    try granted.withLock { granted in
      guard threads > granted else { return }
      try MachineMemory.requireAddressSpace(
        MachineMemory.product([threads - granted, bufferBytes]), for: purpose, advice: "use fewer --threads")
      granted = threads
    }
  }

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
}
