/// What an edge network spends its time in. The network is generic over it and specialised at compile
/// time: the runtime and training on a host bring the C kernels, other targets plain Swift, and all run the same forward pass.
public protocol EdgeKernels {
  /// `C ← α·op(A)·op(B) + β·C`, row major, as BLAS's `sgemm`: op(A) is `[m, k]`, op(B) `[k, n]`, C `[m, n]`;
  /// leading dimensions count elements between rows as stored. `β = 0` never reads C.
  static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float,
    a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
    beta: Float, c: UnsafeMutablePointer<Float>, ldc: Int)

  /// Softmax over each of `rows` rows `[rows, width]`, in place. A row that holds a NaN becomes NaN.
  static func softmax(_ x: UnsafeMutablePointer<Float>, rows: Int, width: Int)
}
