/// The largest sizes that a configuration may give (`Formats/canonical-checkpoint.md`). No published model comes near; sizes that are
/// computed from them stay far from overflow.
package enum ModelLimits {
  /// Channels of the residual stream, of a stage, of the decode head.
  package static let width = 65_536
  /// Blocks of a ViT or of one stage.
  package static let depth = 512
  package static let heads = 4096
  package static let mlpWidth = 1_048_576
  package static let patchSize = 1024
  /// Height or width in pixels of the image that a position embedding is for.
  package static let imageSize = 65_536
  package static let registerTokens = 4096
  package static let stages = 8
  /// Stride of a stage's patch embedding.
  package static let stride = 1024
  /// Side of the spatial reduction of keys and values.
  package static let reduction = 256
  /// Classes of a decode head or classifier.
  package static let classes = 65_536
}
