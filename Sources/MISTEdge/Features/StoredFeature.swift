/// One tensor of features as it is stored, of one sample or of several: in a shard, or in a caller's memory.
package struct StoredFeature {
  package let type: StoredType
  /// Rows of a sample: tokens, or positions of a map.
  package let tokens: Int
  package let channels: Int
  /// Samples one after another.
  package let data: UnsafeRawBufferPointer
  /// Of int8 a float per row, and another that is added where there is one.
  package let scales: UnsafeRawBufferPointer?
  package let offsets: UnsafeRawBufferPointer?

  /// Of `data`, `scales` and `offsets` that hold what the other numbers say.
  package init(
    type: StoredType, tokens: Int, channels: Int, data: UnsafeRawBufferPointer,
    scales: UnsafeRawBufferPointer?, offsets: UnsafeRawBufferPointer? = nil
  ) {
    self.type = type
    self.tokens = tokens
    self.channels = channels
    self.data = data
    self.scales = scales
    self.offsets = offsets
  }

  /// Bytes of one sample.
  var stride: Int { tokens * channels * type.size }

  /// Writes the `[tokens, channels]` floats of sample `index` to `out`. Throws `shard.not-finite` where one is no number.
  package func load(_ index: Int, into out: UnsafeMutablePointer<Float>) throws(EdgeError) {
    guard let base = data.baseAddress else { return }
    let source = base + index * stride
    let scale = scales?.baseAddress.map { $0 + index * tokens * 4 } ?? source
    let offset = offsets?.baseAddress.map { $0 + index * tokens * 4 }
    guard isFinite(source, scale, offset, 0..<tokens) else {
      var row = 0
      while row + 1 < tokens, isFinite(source, scale, offset, row..<row + 1) { row += 1 }
      throw EdgeError(.shardNotFinite, expected: row, found: index)
    }
    StoredRows.expand(type, source, scales: scale, rows: tokens, columns: channels, into: out)
    guard let offset else { return }
    for row in 0..<tokens {
      let target = out + row * channels
      let value = UnsafeRawBufferPointer(start: offset, count: 4 * tokens).float(at: 4 * row)
      for i in 0..<channels { target[i] += value }
    }
  }

  /// Whether the rows `rows` of a sample are numbers, and have scales that keep them so.
  private func isFinite(
    _ data: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ offsets: UnsafeRawPointer?, _ rows: Range<Int>
  ) -> Bool {
    type == .int8
      ? StoredRows.areScales(
        scales + 4 * rows.lowerBound, count: rows.count, offsets: offsets.map { $0 + 4 * rows.lowerBound })
      : StoredRows.areFinite(
        type, data + rows.lowerBound * channels * type.size, count: rows.count * channels)
  }
}
