/// One tensor of features as it is stored, of one sample or of several: in a shard, or in a caller's memory.
package struct StoredFeature {
  package let type: StoredType
  /// Rows of a sample: tokens, or positions of a map.
  package let tokens: Int
  package let channels: Int
  /// Samples one after another.
  package let data: UnsafeRawBufferPointer
  /// Of int8 a float per row.
  package let scales: UnsafeRawBufferPointer?

  /// Of `data` and `scales` that hold what the other numbers say.
  package init(
    type: StoredType, tokens: Int, channels: Int, data: UnsafeRawBufferPointer,
    scales: UnsafeRawBufferPointer?
  ) {
    self.type = type
    self.tokens = tokens
    self.channels = channels
    self.data = data
    self.scales = scales
  }

  /// Bytes of one sample.
  var stride: Int { tokens * channels * type.size }

  /// Writes the `[tokens, channels]` floats of sample `index` to `out`. Throws `shard.not-finite` where one is no number.
  package func load(_ index: Int, into out: UnsafeMutablePointer<Float>) throws(EdgeError) {
    guard let base = data.baseAddress else { return }
    let source = base + index * stride
    let scale = scales?.baseAddress.map { $0 + index * tokens * 4 } ?? source
    guard isFinite(source, scale, 0..<tokens) else {
      var row = 0
      while row + 1 < tokens, isFinite(source, scale, row..<row + 1) { row += 1 }
      throw EdgeError(.shardNotFinite, expected: row, found: index)
    }
    StoredRows.expand(type, source, scales: scale, rows: tokens, columns: channels, into: out)
  }

  /// Whether the rows `rows` of a sample are numbers, and have scales that keep them so.
  private func isFinite(_ data: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ rows: Range<Int>) -> Bool {
    type == .int8
      ? StoredRows.areScales(scales + 4 * rows.lowerBound, count: rows.count)
      : StoredRows.areFinite(
        type, data + rows.lowerBound * channels * type.size, count: rows.count * channels)
  }
}
