import MISTFormats
import MISTKernels

/// Σ xᵀx over the rows that enter a product: by how much errors of its weights, and which ones together, show in what it gives.
final class SecondMoments: Sendable {
  let depth: Int
  let threads: Int
  /// `[depth, depth]`, of which strips of rows are filled from their first column on.
  let sums: AlignedFloats
  /// Rows that are summed at a time.
  static let strip = 128

  init(depth: Int, threads: Int) {
    (self.depth, self.threads) = (depth, threads)
    sums = AlignedFloats(count: depth * depth)
  }

  /// Adds `rows` rows of `depth` values, one after another. The outcome does not depend on the number of threads.
  func add(_ x: UnsafePointer<Float>, rows: Int) throws {
    nonisolated(unsafe) let x = x
    let strips = (depth + Self.strip - 1) / Self.strip
    try WorkerPool.forEach(strips, workers: Array(0..<threads)) { _, strip in
      let first = strip * Self.strip
      mist_sgemm(
        true, false, min(Self.strip, depth - first), depth - first, rows, 1, x + first, depth, x + first,
        depth, 1, sums.pointer + first * depth + first, depth)
    }
  }
}

/// Of what enters the products of a block.
struct BlockMoments {
  let qkv: SecondMoments
  let projection: SecondMoments
  let fc1: SecondMoments
  let fc2: SecondMoments

  init(width: Int, hidden: Int, threads: Int) {
    qkv = SecondMoments(depth: width, threads: threads)
    projection = SecondMoments(depth: width, threads: threads)
    fc1 = SecondMoments(depth: width, threads: threads)
    fc2 = SecondMoments(depth: hidden, threads: threads)
  }

  /// Of what enters `part`; nil for parts without products.
  func of(_ part: TransformerPart) -> SecondMoments? {
    switch part {
    case .qkv: qkv
    case .projection: projection
    case .fc1: fc1
    case .fc2: fc2
    case .patches, .norm, .attention, .gather: nil
    }
  }
}
