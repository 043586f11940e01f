import MISTEdge
import MISTFormats

/// What training may be asked for. A head's sizes are the bundle's, so that nothing is trained that export refuses; a head file may
/// be larger (`HeadLimits`) and is still read.
package enum TrainingLimits {
  package static let rank = 1...HeadSection.maximumRank
  package static let depth = 1...HeadSection.maximumDepth
  package static let hidden = 1...HeadSection.maximumChannels
  package static let queries = 1...AttentiveShape.largestQueryCount
  package static let batch = 1...1 << 16
  package static let epochs = 1...1_000_000
  package static let patience = 0...1_000_000
  /// Steps.
  package static let warmup = 0...1_000_000_000
  /// Values of a list: seeds, learning rates, gather depths.
  package static let candidates = 1...1000

  /// Throws `export.too-large` when no bundle can hold a head of `shape`.
  package static func requireBundle(_ shape: NetworkShape) throws {
    let sizes: [(name: String, value: Int, limit: Int)] =
      [
        ("a rank", shape.rank, HeadSection.maximumRank),
        ("a number of hidden channels", shape.dense?.hidden ?? 0, HeadSection.maximumChannels),
        (
          "a number of classes", shape.classes,
          shape.dense == nil ? HeadSection.maximumClasses : HeadSection.maximumMapClasses
        ),
        ("a number of levels", shape.streams.count, HeadSection.maximumLevels),
      ]
      + shape.streams.flatMap { stream in
        [
          ("a number of channels", stream.channels, HeadSection.maximumChannels),
          ("a number of blocks", stream.depth, HeadSection.maximumDepth),
          shape.dense == nil
            ? ("a number of tokens", stream.tokens, HeadSection.maximumTokens)
            : ("a side of a map", max(stream.height, stream.width), HeadSection.maximumMapSize),
        ]
      }
    for size in sizes where size.value > size.limit {
      throw MISTError(
        .exportTooLarge,
        "a bundle holds \(size.name) of at most \(size.limit), and this head has \(size.value)",
        advice: "train a smaller head")
    }
    let floats = HeadSection.workingFloats(shape)
    guard floats <= UInt64(HeadSection.maximumWorkingFloats) else {
      throw MISTError(
        .exportTooLarge,
        "running this head takes \(floats) numbers of working memory, and a bundle's may take "
          + "\(HeadSection.maximumWorkingFloats)", advice: "train a smaller head, or on fewer tokens")
    }
  }
}

extension ErrorCode {
  /// No bundle holds such a head.
  package static let exportTooLarge = ErrorCode("export.too-large")
}
