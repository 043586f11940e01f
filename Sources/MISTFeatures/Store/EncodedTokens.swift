import MISTEdge
import MISTFormats
import MISTKernels

/// One sample's stored bytes of one tensor.
struct EncodedTokens {
  let values: UnsafeRawBufferPointer
  /// With int8, a scale per row.
  let scales: UnsafeRawBufferPointer?
  /// With int8 and from version 4 on, an offset per row.
  let offsets: UnsafeRawBufferPointer?
  let dtype: StoredType
  let channels: Int

  /// A number that no feature can be.
  struct Flaw: Error {
    let row: Int
    /// Nil for the row's scale and offset.
    let channel: Int?
    let value: Float
  }

  /// Decodes the rows `rows`, `[rows.count, C]`, to `output`. Throws a `Flaw` for what is not finite.
  func read(_ rows: Range<Int>, into output: UnsafeMutableBufferPointer<Float>) throws {
    let rowSize = channels * dtype.elements.size
    precondition(rows.lowerBound >= 0 && rows.upperBound * rowSize <= values.count, "there is no such token")
    let bytes = UnsafeRawBufferPointer(
      rebasing: values[rows.lowerBound * rowSize..<rows.upperBound * rowSize])
    guard scales != nil else {
      if dtype == .f16, let from = bytes.baseAddress, let to = output.baseAddress,
        bytes.count == 2 * output.count
      {
        guard mist_halves(from, output.count, to) else { throw flaw(in: output, rows) }
        return
      }
      try FloatConversion.toFloats(bytes, dtype: dtype.elements, into: output)
      // While the values are in the cache.
      guard FloatConversion.areFinite(UnsafeBufferPointer(output)) else { throw flaw(in: output, rows) }
      return
    }
    for (place, row) in rows.enumerated() {
      let grid = try grid(row)
      FeatureQuantization.decode(
        UnsafeRawBufferPointer(rebasing: bytes[place * channels..<(place + 1) * channels]), grid,
        into: UnsafeMutableBufferPointer(rebasing: output[place * channels..<(place + 1) * channels]))
    }
  }

  /// What the codes of `row` are read with. Throws a `Flaw` for what no token can have.
  func grid(_ row: Int) throws -> FeatureQuantization.Grid {
    func number(_ bytes: UnsafeRawBufferPointer?) -> Float {
      bytes?.loadUnaligned(fromByteOffset: 4 * row, as: Float.self) ?? 0
    }
    let grid = FeatureQuantization.Grid(scale: number(scales), offset: number(offsets))
    guard grid.isPossible else { throw Flaw(row: row, channel: nil, value: grid.worse) }
    return grid
  }

  private func flaw(in output: UnsafeMutableBufferPointer<Float>, _ rows: Range<Int>) -> Flaw {
    let bad = output.firstIndex { !$0.isFinite } ?? 0
    return Flaw(row: rows.lowerBound + bad / channels, channel: bad % channels, value: output[bad])
  }
}
