import MISTFormats

/// A SegFormer's decode head as the fewest products: each level's linear layer, its part of the fuse convolution and the batch
/// norm are one matrix at the level's own resolution, because a bilinear resize commutes with a 1×1 convolution.
///
/// `logits = Wc · ReLU(Σ_i up(W_i x_i) + b) + bc` is the same function as the head it was made of.
package struct MergedDecodeHead: Sendable, Hashable {
  /// `W_i` `[width, channels[i]]`, finest level first.
  package let levels: [[Float]]
  /// `b` `[width]`.
  package let bias: [Float]
  /// `Wc` `[classes, width]`.
  package let classifier: [Float]
  /// `bc` `[classes]`.
  package let classifierBias: [Float]
  /// Channels D of the sum of the levels.
  package let width: Int
  package let classes: Int
  /// Channels of each level's map, finest first.
  package let channels: [Int]

  /// Folds the decode head of `checkpoint`, in double precision.
  /// Throws `convert.missing-tensor` when it has none, `convert.unsupported-model` when it is mmsegmentation's.
  package init(_ checkpoint: CanonicalCheckpoint) throws {
    guard let head = checkpoint.configuration.details.decodeHead else {
      throw MISTError(
        .convertMissingTensor, file: checkpoint.archive.path, at: "tensor 'decode_head.fuse.weight'",
        "the model has no decode head", advice: "convert a SegformerForSemanticSegmentation")
    }
    try Self.check(head, file: checkpoint.archive.path)
    try self.init(head, channels: checkpoint.configuration.details.levelChannels) {
      try checkpoint.floats($0, shape: $1)
    }
  }

  /// Throws `convert.unsupported-model` for a head that does not merge.
  static func check(_ head: AllMLPDecodeHead, file: String) throws {
    guard head.kind == .linear else {
      throw MISTError(
        .convertUnsupportedModel, file: file, at: "decode head",
        "it is mmsegmentation's, which passes every level through a ReLU of its own, so no matrix per level is the same function",
        advice: "train a head on the model's features with mist train")
    }
  }

  init(
    levels: [[Float]], bias: [Float], classifier: [Float], classifierBias: [Float], width: Int, classes: Int,
    channels: [Int]
  ) {
    self.levels = levels
    self.bias = bias
    self.classifier = classifier
    self.classifierBias = classifierBias
    self.width = width
    self.classes = classes
    self.channels = channels
  }

  /// `read` gives the values of a canonical tensor of a shape.
  init(
    _ head: AllMLPDecodeHead, channels: [Int],
    read: (_ name: String, _ shape: [Int]) throws -> [Float]
  ) throws {
    let (d, n) = (head.width, channels.count)
    let fuse = try read("decode_head.fuse.weight", [d, n * d])
    let norm = try FoldedBatchNorm("decode_head.batch_norm", after: "decode_head.fuse", of: head, read: read)
    let gain = norm.gain
    var sum = norm.shift
    var levels: [[Float]] = []
    for (i, c) in channels.enumerated() {
      let linear = try read("decode_head.linear.\(i).weight", [d, c])
      let shift = try read("decode_head.linear.\(i).bias", [d])
      // The last level's columns come first.
      let start = (n - 1 - i) * d
      var merged = [Float](repeating: 0, count: d * c)
      var row = [Double](repeating: 0, count: c)
      for r in 0..<d {
        for k in row.indices { row[k] = 0 }
        for j in 0..<d {
          let factor = gain[r] * Double(fuse[r * n * d + start + j])
          sum[r] += factor * Double(shift[j])
          Self.add(factor, linear, from: j * c, to: &row)
        }
        for k in 0..<c { merged[r * c + k] = Float(row[k]) }
      }
      levels.append(merged)
    }
    self.levels = levels
    self.channels = channels
    bias = sum.map { Float($0) }
    classifier = try read("decode_head.classifier.weight", [head.classes, d])
    classifierBias = try read("decode_head.classifier.bias", [head.classes])
    width = d
    classes = head.classes
  }

  /// `levels`, `bias`, `classifier` and `classifierBias` one after another: the parameters of an MLP head on maps without
  /// blocks and norms.
  package var parameters: [Float] { levels.flatMap { $0 } + bias + classifier + classifierBias }

  private static func add(_ factor: Double, _ source: [Float], from start: Int, to row: inout [Double]) {
    row.withUnsafeMutableBufferPointer { row in
      source.withUnsafeBufferPointer { source in
        for k in row.indices { row[k] += factor * Double(source[start + k]) }
      }
    }
  }
}
