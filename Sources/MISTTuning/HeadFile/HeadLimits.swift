/// The largest sizes that a head may have (`Formats/head.md`); those of images are `MapSize.largestSide`.
package enum HeadLimits {
  package static let tokens = 1 << 20
  package static let channels = 1 << 16
  /// Blocks, of a level too.
  package static let depth = 64
  package static let rank = 1 << 12
  /// Classes of a head for classification.
  package static let classes = 1 << 20
  /// Gather depth k.
  package static let gather = 1024
  /// Maps of the residual stream that a head reads.
  package static let maps = 513
  /// Levels of a head on maps.
  package static let levels = 4
  /// Side of the windows over which a level's keys and values are pooled.
  package static let reduction = 64
  package static let hidden = 1 << 16
  /// Classes of a head on maps: a mask is a byte per pixel, and 255 is ignored.
  package static let mapClasses = 255
}
