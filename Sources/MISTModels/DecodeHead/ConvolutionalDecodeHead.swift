import MISTFormats

/// mmsegmentation's decode head with its batch norms folded into the products before them: `y_i = ReLU(W_i x_i + b_i)` at every
/// level's own resolution, and from the `y_i` on the same form as a merged head, because the fusion is a 1×1 convolution and a
/// bilinear resize commutes with it.
package struct ConvolutionalDecodeHead: Sendable, Hashable {
  /// One level's product.
  package struct Level: Sendable, Hashable {
    /// `W_i` `[width, channels]`.
    package let weights: [Float]
    /// `b_i` `[width]`.
    package let bias: [Float]
    /// Channels of the level's map.
    package let channels: Int
  }

  /// Finest first.
  package let levels: [Level]
  /// What follows the levels' ReLU, on maps of `width` channels each.
  package let fusion: MergedDecodeHead

  /// Folds the decode head of `checkpoint`, in double precision. Nil when it has none or one of the other kind.
  package init?(_ checkpoint: CanonicalCheckpoint) throws {
    guard let head = checkpoint.configuration.details.decodeHead, head.kind == .convolutional else {
      return nil
    }
    let channels = checkpoint.configuration.details.levelChannels
    let read = { (name: String, shape: [Int]) in try checkpoint.floats(name, shape: shape) }
    levels = try channels.enumerated().map { index, channels in
      let name = "decode_head.levels.\(index)"
      let norm = try FoldedBatchNorm(name + ".batch_norm", after: name, of: head, read: read)
      return Level(
        weights: norm.scaling(try read(name + ".weight", [head.width, channels])),
        bias: norm.shift.map { Float($0) }, channels: channels)
    }
    let (d, n) = (head.width, channels.count)
    let norm = try FoldedBatchNorm(
      "decode_head.batch_norm", after: "decode_head.fuse", of: head, read: read)
    let fuse = norm.scaling(try read("decode_head.fuse.weight", [d, n * d]))
    // The first level's columns come first.
    let parts = (0..<n).map { level -> [Float] in
      var part: [Float] = []
      for row in 0..<d { part += fuse[(row * n + level) * d..<(row * n + level + 1) * d] }
      return part
    }
    fusion = MergedDecodeHead(
      levels: parts,
      bias: norm.shift.map { Float($0) },
      classifier: try read("decode_head.classifier.weight", [head.classes, d]),
      classifierBias: try read("decode_head.classifier.bias", [head.classes]), width: d,
      classes: head.classes, channels: [Int](repeating: d, count: n))
  }
}
