import MISTFormats

/// A product's packed weights, in memory or in a mapped file: read by any number of threads.
struct PackedWeights: @unchecked Sendable {
  let layout: PackedLayout
  let columns: Int
  let depth: Int
  /// On a cache line's boundary.
  let panels: UnsafeRawPointer
  /// Of integers, by column: scales, and scale · Σ q.
  let scales: UnsafePointer<Float>?
  let sums: UnsafePointer<Float>?
  /// Whose memory that is.
  private let owners: [any Sendable]

  init(
    _ layout: PackedLayout, columns: Int, depth: Int, panels: UnsafeRawPointer, scales: UnsafePointer<Float>?,
    sums: UnsafePointer<Float>?, owners: [any Sendable]
  ) {
    (self.layout, self.columns, self.depth) = (layout, columns, depth)
    (self.panels, self.scales, self.sums, self.owners) = (panels, scales, sums, owners)
  }

  /// Bytes of `panels` that its kernel reads.
  var byteCount: Int { layout.bytes(columns: columns, depth: depth) ?? 0 }

  var floats: UnsafePointer<Float> { panels.assumingMemoryBound(to: Float.self) }
}
