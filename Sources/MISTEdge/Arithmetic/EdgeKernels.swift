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

  /// Floats that `pack` writes for `count` rows of `depth`; 0 where products gain nothing by it, which is the default.
  static func packedCount(_ count: Int, depth: Int) -> Int

  /// Brings `count` rows of `depth`, one after another, into the order in which `product` reads them.
  static func pack(
    _ rows: UnsafePointer<Float>, count: Int, depth: Int, into packed: UnsafeMutablePointer<Float>)

  /// `C ← A · rowsᵀ`, or that added to C: A `[m, depth]`, C `[m, count]`, for rows that were packed.
  static func product(
    _ a: UnsafePointer<Float>, m: Int, depth: Int, packed: UnsafePointer<Float>, count: Int, adding: Bool,
    into c: UnsafeMutablePointer<Float>, ldc: Int)

  /// A step of Adam on `count` parameters with their moments and gradient. A value does not depend on where among the others it stands.
  static func adam(
    _ parameters: UnsafeMutablePointer<Float>, mean: UnsafeMutablePointer<Float>,
    square: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int, _ factors: AdamFactors)

  /// Bytes that `packIntegers` writes for `count` rows of `depth`.
  static func integerBytes(_ count: Int, depth: Int) -> Int

  /// Rounds `weights` `[rows.count, rows.depth]` to integers of a scale per row.
  static func packIntegers(_ weights: UnsafePointer<Float>, into rows: IntegerRows)

  /// `C ← A · rowsᵀ`: A `[m, rows.depth]` in integers of 0…255, of which row i stands for `steps[2i + 1] + steps[2i] · q`; C
  /// `[m, rows.count]`. Sums of products are exact.
  static func integerProduct(
    _ codes: UnsafePointer<UInt8>, steps: UnsafePointer<Float>, m: Int, rows: IntegerRows,
    into c: UnsafeMutablePointer<Float>, ldc: Int)

  /// Rows `[rows, width]` of floats as such integers, between each row's least and greatest. Up to three bytes behind the last are
  /// overwritten.
  static func roundRows(
    _ x: UnsafePointer<Float>, rows: Int, width: Int, into codes: UnsafeMutablePointer<UInt8>,
    steps: UnsafeMutablePointer<Float>)

  /// Such rows `[rows, width]` as floats.
  static func expandIntegers(
    _ codes: UnsafePointer<UInt8>, steps: UnsafePointer<Float>, rows: Int, width: Int,
    into out: UnsafeMutablePointer<Float>)

  /// Signed codes as 0…255, 128 more of each, and their moments.
  static func takeCodes(
    _ codes: UnsafePointer<Int8>, count: Int, into out: UnsafeMutablePointer<UInt8>
  ) -> IntegerMoments
}

extension EdgeKernels {
  /// 0: nothing is packed.
  public static func packedCount(_ count: Int, depth: Int) -> Int { 0 }

  /// A copy, of rows as they lie.
  public static func pack(
    _ rows: UnsafePointer<Float>, count: Int, depth: Int, into packed: UnsafeMutablePointer<Float>
  ) { packed.update(from: rows, count: count * depth) }

  /// A product with rows as they lie.
  public static func product(
    _ a: UnsafePointer<Float>, m: Int, depth: Int, packed: UnsafePointer<Float>, count: Int, adding: Bool,
    into c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    gemm(
      transposeA: false, transposeB: true, m: m, n: count, k: depth, alpha: 1, a: a, lda: depth, b: packed,
      ldb: depth, beta: adding ? 1 : 0, c: c, ldc: ldc)
  }

  /// In plain Swift.
  public static func adam(
    _ parameters: UnsafeMutablePointer<Float>, mean: UnsafeMutablePointer<Float>,
    square: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int, _ factors: AdamFactors
  ) {
    let f = factors
    for i in 0..<count {
      let g = gradient[i]
      mean[i] = f.beta1 * mean[i] + f.new1 * g
      square[i] = f.beta2 * square[i] + f.new2 * g * g
      parameters[i] =
        parameters[i] * f.keep - f.step * mean[i] / (square[i].squareRoot() * f.correction + f.epsilon)
    }
  }
}

/// What a step of Adam multiplies with.
public struct AdamFactors: Sendable {
  /// What is kept of the first moment, and what a gradient adds.
  public var beta1: Float
  public var new1: Float
  /// The same of the second.
  public var beta2: Float
  public var new2: Float
  /// What is kept of a parameter, and the learning rate, corrected for a young first moment.
  public var keep: Float
  public var step: Float
  /// Factor of the second moment's root, and what is added to it.
  public var correction: Float
  public var epsilon: Float
}
