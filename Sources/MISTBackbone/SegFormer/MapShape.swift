/// Shape of a feature map, stored row by row, channels last.
struct MapShape: Hashable, Sendable {
  let height: Int
  let width: Int
  let channels: Int

  /// Positions.
  var tokens: Int { height * width }
  /// Values.
  var count: Int { tokens * channels }
}
