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
  /// A CRC-32 per sample, where there is one, over its values, scales and offsets.
  package let checksums: UnsafeRawBufferPointer?

  /// Of `data`, `scales` and `offsets` that hold what the other numbers say.
  package init(
    type: StoredType, tokens: Int, channels: Int, data: UnsafeRawBufferPointer,
    scales: UnsafeRawBufferPointer?, offsets: UnsafeRawBufferPointer? = nil,
    checksums: UnsafeRawBufferPointer? = nil
  ) {
    self.type = type
    self.tokens = tokens
    self.channels = channels
    self.data = data
    self.scales = scales
    self.offsets = offsets
    self.checksums = checksums
  }

  /// Bytes of one sample.
  var stride: Int { tokens * channels * type.size }

  /// Where sample `index` lies, whose numbers are finite. Throws `shard.not-finite` where one is not, and `shard.checksum`.
  func checked(
    _ index: Int
  ) throws(EdgeError) -> (data: UnsafeRawPointer, scales: UnsafeRawPointer, offsets: UnsafeRawPointer?) {
    guard let base = data.baseAddress else { preconditionFailure("features without memory") }
    let source = base + index * stride
    let scale = scales?.baseAddress.map { $0 + index * tokens * 4 } ?? source
    let offset = offsets?.baseAddress.map { $0 + index * tokens * 4 }
    if let checksums {
      let coded = type == .int8
      let sum = CRC32.checksum(
        UnsafeRawBufferPointer(start: source, count: stride),
        UnsafeRawBufferPointer(start: scale, count: coded ? 4 * tokens : 0),
        UnsafeRawBufferPointer(start: offset, count: offset == nil ? 0 : 4 * tokens))
      guard sum == checksums.u32(at: 4 * index) else {
        throw EdgeError(.shardChecksum, found: UInt64(index))
      }
    }
    guard isFinite(source, scale, offset, 0..<tokens) else {
      var row = 0
      while row + 1 < tokens, isFinite(source, scale, offset, row..<row + 1) { row += 1 }
      throw EdgeError(.shardNotFinite, expected: row, found: index)
    }
    return (source, scale, offset)
  }

  /// Writes the `[tokens, channels]` floats of sample `index` to `out`. Throws `shard.not-finite` where one is no number.
  package func load(_ index: Int, into out: UnsafeMutablePointer<Float>) throws(EdgeError) {
    guard data.baseAddress != nil else { return }
    let (source, scale, offset) = try checked(index)
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
