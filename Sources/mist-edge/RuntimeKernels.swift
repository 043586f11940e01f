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

  static func integerBytes(_ count: Int, depth: Int) -> Int {
    portable
      ? PortableKernels.integerBytes(count, depth: depth) : NativeKernels.integerBytes(count, depth: depth)
  }

  static func packIntegers(_ weights: UnsafePointer<Float>, into rows: IntegerRows) {
    if portable {
      PortableKernels.packIntegers(weights, into: rows)
    } else {
      NativeKernels.packIntegers(weights, into: rows)
    }
  }

  static func integerProduct(
    _ codes: UnsafePointer<UInt8>, steps: UnsafePointer<Float>, m: Int, rows: IntegerRows,
    into c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    if portable {
      PortableKernels.integerProduct(codes, steps: steps, m: m, rows: rows, into: c, ldc: ldc)
    } else {
      NativeKernels.integerProduct(codes, steps: steps, m: m, rows: rows, into: c, ldc: ldc)
    }
  }

  static func roundRows(
    _ x: UnsafePointer<Float>, rows: Int, width: Int, into codes: UnsafeMutablePointer<UInt8>,
    steps: UnsafeMutablePointer<Float>
  ) {
    if portable {
      PortableKernels.roundRows(x, rows: rows, width: width, into: codes, steps: steps)
    } else {
      NativeKernels.roundRows(x, rows: rows, width: width, into: codes, steps: steps)
    }
  }

  static func expandIntegers(
    _ codes: UnsafePointer<UInt8>, steps: UnsafePointer<Float>, rows: Int, width: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    if portable {
      PortableKernels.expandIntegers(codes, steps: steps, rows: rows, width: width, into: out)
    } else {
      NativeKernels.expandIntegers(codes, steps: steps, rows: rows, width: width, into: out)
    }
  }

  static func takeCodes(
    _ codes: UnsafePointer<Int8>, count: Int, into out: UnsafeMutablePointer<UInt8>
  ) -> IntegerMoments {
    portable
      ? PortableKernels.takeCodes(codes, count: count, into: out)
      : NativeKernels.takeCodes(codes, count: count, into: out)
  }
}
