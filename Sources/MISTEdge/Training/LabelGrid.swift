/// The pixels of a mask `[height, width]` that label the positions of a coarser output grid: the one at each position's centre.
package struct LabelGrid: Sendable {
  package let size: MapSize
  private let rows: [Int]
  private let columns: [Int]

  /// - Parameters:
  ///   - size: Of the masks.
  ///   - shape: A network whose logits are formed on the grid.
  package init(_ size: MapSize, _ shape: NetworkShape) {
    self.size = size
    rows = Self.centres(size.height, shape.dense?.height ?? 0)
    columns = Self.centres(size.width, shape.dense?.width ?? 0)
  }

  /// ⌊(i + ½) · size / count⌋, in whole numbers.
  private static func centres(_ size: Int, _ count: Int) -> [Int] {
    (0..<count).map { min((2 * $0 + 1) * size / (2 * count), size - 1) }
  }

  package var count: Int { rows.count * columns.count }

  /// Writes the labels `[count]` of `mask` and returns how many are classes below `classes`.
  package func sample(
    _ mask: UnsafePointer<UInt8>, classes: Int, into labels: UnsafeMutablePointer<UInt8>
  ) -> Int {
    var valid = 0
    var place = 0
    for row in rows {
      let line = mask + row * size.width
      for column in columns {
        labels[place] = line[column]
        if line[column] < classes { valid += 1 }
        place += 1
      }
    }
    return valid
  }
}
