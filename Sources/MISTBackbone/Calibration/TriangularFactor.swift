import MISTFormats
import MISTKernels

/// The upper triangle R of a symmetric matrix H = RᵀR, H given by its upper triangle.
struct TriangularFactor {
  let order: Int
  /// `[order, order]`; what is below the diagonal means nothing.
  let values: AlignedFloats
  /// Rows that are found before the rest is told of them.
  static let block = 64

  /// Takes `values` over. A pivot below `least`, which rounding may leave, is that. The outcome does not depend on the number of
  /// threads.
  init(_ values: AlignedFloats, order: Int, least: Float, threads: Int) throws {
    (self.order, self.values) = (order, values)
    for first in stride(from: 0, to: order, by: Self.block) {
      let end = min(order, first + Self.block)
      rows(first, end, least)
      try update(first, end, threads)
    }
  }

  /// The block's own rows, all their columns.
  private func rows(_ first: Int, _ end: Int, _ least: Float) {
    for row in first..<end {
      let own = values.pointer + row * order
      for above in first..<row {
        let other = values.pointer + above * order
        let factor = other[row]
        for column in row..<order { own[column] -= factor * other[column] }
      }
      let root = max(own[row], least).squareRoot()
      for column in row..<order { own[column] /= root }
      own[row] = root
    }
  }

  /// Takes the block's share from the rows behind it.
  private func update(_ first: Int, _ end: Int, _ threads: Int) throws {
    let step = SecondMoments.strip
    try WorkerPool.forEach((order - end + step - 1) / step, workers: Array(0..<threads)) { _, strip in
      let from = end + strip * step
      let panel = values.pointer + first * order + from
      mist_sgemm(
        true, false, min(step, order - from), order - from, end - first, -1, panel, order, panel, order, 1,
        values.pointer + from * order + from, order)
    }
  }
}
