/// The largest sizes that a head may have (`Formats/head.md`).
public enum HeadLimits {
  public static let tokens = 1 << 20
  public static let channels = 1 << 16
  /// Blocks, of a level too.
  public static let depth = 64
  public static let rank = 1 << 12
  /// Classes of a head for classification.
  public static let classes = 1 << 20
  /// Gather depth k.
  public static let gather = 1024
  /// Sides of the preprocessing's resize and crop.
  public static let preprocessingSide = 1 << 16
  /// Levels of a head on maps.
  public static let levels = 4
  /// Sides of maps and of the input that they are of.
  public static let mapSide = 1 << 14
  /// Side of the windows over which a level's keys and values are pooled.
  public static let reduction = 64
  public static let hidden = 1 << 16
  /// Classes of a head on maps: a mask is a byte per pixel, and 255 is ignored.
  public static let mapClasses = 255
}
