import MISTModels

/// Sizes of one stage for one image size, and how its work is divided.
struct StageShape: Sendable {
  let stage: SegFormerConfiguration.Stage
  let map: MapShape
  /// Non-overlapping windows whose convolution gives keys and values; nil where they are not reduced. Rows and columns right of
  /// and below the last whole window are dropped.
  let reduction: MapPatches?
  let attention: ReducedAttention
  let attentionStrips: Strips
  let mlpStrips: Strips

  init(_ stage: SegFormerConfiguration.Stage, height: Int, width: Int) {
    self.stage = stage
    let (c, r) = (stage.width, stage.reduction)
    map = MapShape(height: height, width: width, channels: c)
    let reduced = MapShape(height: height / r, width: width / r, channels: c)
    reduction =
      r > 1
      ? MapPatches(input: map, output: reduced, size: r, stride: r, padding: 0, planar: false) : nil
    attention = ReducedAttention(width: c, heads: stage.heads, keys: reduced.tokens)
    attentionStrips = Strips(rows: height, columns: width, channels: c)
    mlpStrips = Strips(rows: height, columns: width, channels: stage.mlpWidth)
  }

  /// Keys and values of every block; 0 when the map is smaller than one window.
  var keys: Int { attention.keys }

  /// Multiply-adds of the attention of one block.
  var attentionMultiplyAdds: Int { 2 * map.tokens * keys * map.channels }
}
