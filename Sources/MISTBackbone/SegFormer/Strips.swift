/// A map's rows in strips of equal height, the last one possibly lower: what is worked on at a time, so that activations stay
/// in the core's own cache between the operations on them.
struct Strips: Sendable {
  /// Rows of the map.
  let rows: Int
  /// Rows of a strip.
  let height: Int

  /// Strips of a map `rows` × `columns` whose widest activation has `channels`.
  init(rows: Int, columns: Int, channels: Int) {
    self.rows = rows
    let perRow = max(1, columns * channels)
    // Enough rows for a product to be worth its call, however wide the activation.
    let least = (Self.leastTokens + columns - 1) / max(1, columns)
    let wanted = max(1, Self.valuesInCache / perRow, least)
    let count = max(1, (rows + wanted - 1) / wanted)
    height = (rows + count - 1) / count
  }

  // A megabyte of activations: a common second-level cache, or a share of the third.
  private static let valuesInCache = 262_144
  private static let leastTokens = 256

  var count: Int { (rows + height - 1) / height }

  subscript(_ index: Int) -> Range<Int> { index * height..<min(rows, (index + 1) * height) }

  /// The rows that can be finished once strips 0…`index` are there, when a row needs the one below it.
  func delayed(_ index: Int) -> Range<Int> {
    let strip = self[index]
    let start = index == 0 ? 0 : strip.lowerBound - 1
    return start..<(index == count - 1 ? rows : strip.upperBound - 1)
  }

  /// Every height that a strip, or a delayed strip, has.
  var heights: Set<Int> { Set((0..<count).map { self[$0].count }) }
  var delayedHeights: Set<Int> { Set((0..<count).map { delayed($0).count }) }
}
