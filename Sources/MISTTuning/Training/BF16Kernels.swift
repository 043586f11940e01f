import MISTEdge
import MISTKernels

/// `HostKernels`, but for products of matrices, whose operands are rounded to bfloat16 and whose sums are floats. Parameters, their
/// gradients and everything between products stay floats.
package enum BF16Kernels: EdgeKernels {
  /// Multiply-adds below which rounding costs more than the product gains.
  private static let few = 1 << 14

  package static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float,
    a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
    beta: Float, c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    // A single row reads the other operand once, whatever its elements.
    guard m > 1, m * n * k >= few else {
      return HostKernels.gemm(
        transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, alpha: alpha, a: a, lda: lda, b: b,
        ldb: ldb, beta: beta, c: c, ldc: ldc)
    }
    mist_bf16_gemm(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
  }

  package static func softmax(_ x: UnsafeMutablePointer<Float>, rows: Int, width: Int) {
    HostKernels.softmax(x, rows: rows, width: width)
  }

  package static func packedCount(_ count: Int, depth: Int) -> Int {
    guard depth <= Int(MIST_BF16_DEPTH) else { return 0 }
    let size = MemoryLayout<Float>.stride
    return (mist_packed_bytes(MIST_BF16, count, depth) + size - 1) / size
  }

  package static func pack(
    _ rows: UnsafePointer<Float>, count: Int, depth: Int, into packed: UnsafeMutablePointer<Float>
  ) { mist_bf16_pack(rows, count, depth, packed) }

  package static func product(
    _ a: UnsafePointer<Float>, m: Int, depth: Int, packed: UnsafePointer<Float>, count: Int, adding: Bool,
    into c: UnsafeMutablePointer<Float>, ldc: Int
  ) { mist_bf16_product_of_floats(a, depth, m, depth, packed, count, adding, c, ldc) }

  package static func adam(
    _ parameters: UnsafeMutablePointer<Float>, mean: UnsafeMutablePointer<Float>,
    square: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int, _ factors: AdamFactors
  ) {
    HostKernels.adam(
      parameters, mean: mean, square: square, gradient: gradient, count: count, factors)
  }
}
