import MISTEdge
import MISTKernels

/// The C kernels for the best instruction set that the processor has.
package enum NativeKernels: EdgeKernels {
  @inline(never)
  package static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float,
    a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
    beta: Float, c: UnsafeMutablePointer<Float>, ldc: Int
  ) { mist_sgemm(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) }

  package static func softmax(_ x: UnsafeMutablePointer<Float>, rows: Int, width: Int) {
    mist_softmax(x, rows, width, width, 1)
  }

  package static func integerBytes(_ count: Int, depth: Int) -> Int {
    mist_packed_bytes(MIST_INT8, count, depth)
  }

  package static func packIntegers(_ weights: UnsafePointer<Float>, into rows: IntegerRows) {
    mist_int8_scales(weights, rows.count, rows.depth, rows.scales)
    mist_int8_pack(weights, rows.count, rows.depth, rows.scales, rows.packed, rows.sums)
  }

  package static func integerProduct(
    _ codes: UnsafePointer<UInt8>, steps: UnsafePointer<Float>, m: Int, rows: IntegerRows,
    into c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    mist_int8_product(
      codes, rows.depth, Self.rows(steps), m, rows.depth, rows.packed, rows.scales, rows.sums, rows.count,
      nil,
      MIST_STORE, c, ldc)
  }

  package static func roundRows(
    _ x: UnsafePointer<Float>, rows: Int, width: Int, into codes: UnsafeMutablePointer<UInt8>,
    steps: UnsafeMutablePointer<Float>
  ) {
    mist_int8_quantise(
      x, rows, width, width, codes, width,
      UnsafeMutableRawPointer(steps).assumingMemoryBound(to: mist_int8_row.self))
  }

  package static func expandIntegers(
    _ codes: UnsafePointer<UInt8>, steps: UnsafePointer<Float>, rows: Int, width: Int,
    into out: UnsafeMutablePointer<Float>
  ) { mist_int8_expand(codes, rows, width, Self.rows(steps), out) }

  package static func takeCodes(
    _ codes: UnsafePointer<Int8>, count: Int, into out: UnsafeMutablePointer<UInt8>
  ) -> IntegerMoments {
    let moments = mist_int8_codes(codes, count, out)
    return IntegerMoments(sum: moments.sum, squares: moments.squares)
  }

  /// Two floats a row, as C calls them.
  private static func rows(_ steps: UnsafePointer<Float>) -> UnsafePointer<mist_int8_row> {
    UnsafeRawPointer(steps).assumingMemoryBound(to: mist_int8_row.self)
  }
}
