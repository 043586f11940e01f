/// The largest sizes that a configuration may give (`Formats/canonical-checkpoint.md`). No published model comes near; sizes that are
/// computed from them stay far from overflow.
public enum ModelLimits {
  /// Channels of the residual stream, of a stage, of the decode head.
  public static let width = 65_536
  /// Blocks of a ViT or of one stage.
  public static let depth = 512
  public static let heads = 4096
  public static let mlpWidth = 1_048_576
  public static let patchSize = 1024
  /// Height or width in pixels of the image that a position embedding is for.
  public static let imageSize = 65_536
  public static let registerTokens = 4096
  public static let stages = 8
  /// Stride of a stage's patch embedding.
  public static let stride = 1024
  /// Side of the spatial reduction of keys and values.
  public static let reduction = 256
  /// Classes of a decode head or classifier.
  public static let classes = 65_536
}
