/// Height and width of an image, a map, or a grid of tokens.
public struct MapSize: Hashable, Sendable {
  /// Rows and columns.
  public var height: Int
  public var width: Int

  /// Largest side of an image that a backbone sees, of its masks, and of a map.
  public static let largestSide = 1 << 14

  /// A size; nothing is checked.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// Positions h·w.
  public var count: Int { height * width }

  /// Whether both sides are within 1 … `largestSide`.
  public var isPossible: Bool { 1...Self.largestSide ~= height && 1...Self.largestSide ~= width }
}

/// How the tokens of an image lie: first those without a place (class token, registers), then those of a map, row by row.
public struct TokenGrid: Hashable, Sendable {
  /// Tokens before the map.
  public var prefix: Int
  public var size: MapSize

  /// `prefix` tokens and a map; nothing is checked.
  public init(prefix: Int, height: Int, width: Int) {
    self.prefix = prefix
    size = MapSize(height: height, width: width)
  }

  /// All tokens.
  public var tokens: Int { prefix + size.count }
}

/// One level of a pyramid of maps.
public struct MapLevel: Hashable, Sendable {
  /// Number of the level in its model, from 1, the finest.
  public var level: Int
  /// Size of the map in positions.
  public var height: Int
  public var width: Int
  /// Channels C of a position.
  public var channels: Int
  /// Side of the window over which attention on this level pools keys and values unless told otherwise; 1 for none.
  public var reduction: Int

  /// A level; nothing is checked.
  public init(level: Int, height: Int, width: Int, channels: Int, reduction: Int = 1) {
    self.level = level
    self.height = height
    self.width = width
    self.channels = channels
    self.reduction = reduction
  }

  /// Height and width of the map.
  public var size: MapSize { MapSize(height: height, width: width) }
  /// Positions of the map, h·w.
  public var positions: Int { height * width }
}

#if !hasFeature(Embedded)
  extension MapLevel: Codable {}

  extension MapSize: CustomStringConvertible, LosslessStringConvertible {
    /// As written in options and metadata, height first: `364x476`. Nil for anything else, and for an impossible size.
    public init?(_ text: String) {
      let sides = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
      guard sides.count == 2, let height = sides[0], let width = sides[1] else { return nil }
      self.init(height: height, width: width)
      guard isPossible else { return nil }
    }

    public var description: String { "\(height)x\(width)" }
  }
#endif
