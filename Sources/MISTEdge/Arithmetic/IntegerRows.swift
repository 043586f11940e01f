/// Rows of weights in integers as a set of kernels packs them: `scale · q` with q of −127…127 and a scale per row.
public final class IntegerRows {
  /// Number of rows.
  public let count: Int
  /// Elements of a row.
  public let depth: Int
  /// A scale per row.
  public let scales: UnsafeMutablePointer<Float>
  /// Scale · Σ q of every row: what a product multiplies a token's lowest value by.
  public let sums: UnsafeMutablePointer<Float>
  /// What `EdgeKernels.packIntegers` wrote.
  public let packed: UnsafeMutableRawPointer
  private let memory: FloatBuffer

  /// Memory of `count` rows of `depth`, which take `bytes` packed.
  init(_ count: Int, depth: Int, bytes: Int) {
    self.count = count
    self.depth = depth
    memory = FloatBuffer(2 * count + (bytes + 3) / 4)
    scales = memory.pointer
    sums = scales + count
    packed = UnsafeMutableRawPointer(sums + count)
  }
}

/// Sums of integers and of their squares.
public struct IntegerMoments {
  /// Σ q.
  public var sum: UInt64
  /// Σ q².
  public var squares: UInt64

  /// Moments of these values.
  public init(sum: UInt64, squares: UInt64) { (self.sum, self.squares) = (sum, squares) }
}
