/// A map of class numbers, one byte per pixel, rows from top to bottom without padding: `[height, width]`.
package struct LabelMap: Hashable, Sendable {
  /// The value of pixels that belong to no class and count nowhere.
  package static let ignored: UInt8 = 255

  package let width: Int
  package let height: Int
  /// `height · width` class numbers.
  package private(set) var values: [UInt8]

  /// Takes `values`, which must be `height · width` of them.
  package init(width: Int, height: Int, values: [UInt8]) {
    precondition(width > 0 && height > 0 && values.count == width * height, "values do not fit the size")
    self.width = width
    self.height = height
    self.values = values
  }

  /// The map with 0 ("other" in ADE20K's layout) made `ignored` and every other class one less: 0 → 255, v → v − 1,
  /// 255 → 255.
  package func reducedZeroLabel() -> LabelMap {
    LabelMap(
      width: width, height: height,
      values: values.map { $0 == 0 || $0 == Self.ignored ? Self.ignored : $0 - 1 })
  }

  /// The largest class number that is not `ignored`, or nil when every pixel is.
  package var largestClass: UInt8? { values.lazy.filter { $0 != Self.ignored }.max() }

  /// The window `columns` × `rows`, which must lie inside.
  package func cropped(columns: Range<Int>, rows: Range<Int>) -> LabelMap {
    if columns == 0..<width && rows == 0..<height { return self }
    var cut: [UInt8] = []
    cut.reserveCapacity(columns.count * rows.count)
    for row in rows { cut += values[row * width + columns.lowerBound..<row * width + columns.upperBound] }
    return LabelMap(width: columns.count, height: rows.count, values: cut)
  }

  /// Left and right exchanged.
  package func flipped() -> LabelMap {
    var mirrored: [UInt8] = []
    mirrored.reserveCapacity(values.count)
    for row in 0..<height { mirrored += values[row * width..<(row + 1) * width].reversed() }
    return LabelMap(width: width, height: height, values: mirrored)
  }
}
