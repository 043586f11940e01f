/// Everything about a SegFormer (Mix Transformer encoder, all-MLP decode head; arXiv 2105.15203) that its tensors' names and
/// shapes do not say, and that changes its output. Stored as JSON in a canonical checkpoint's metadata
/// (`Formats/canonical-checkpoint.md`).
package struct SegFormerConfiguration: Codable, Hashable, Sendable {
  package typealias DecodeHead = AllMLPDecodeHead

  /// One stage of the encoder: overlapping patch embedding, blocks, LayerNorm.
  package struct Stage: Codable, Hashable, Sendable {
    /// Channels C of the stage's maps.
    package var width: Int
    /// Blocks.
    package var depth: Int
    package var heads: Int
    /// Side R of the spatial reduction of keys and values: a convolution of kernel and stride R without padding; 1 for none.
    package var reduction: Int
    /// Hidden width of the Mix-FFN.
    package var mlpWidth: Int
    /// Kernel side of the patch embedding's convolution, padded by half of it.
    package var patchSize: Int
    package var stride: Int

    package init(
      width: Int, depth: Int, heads: Int, reduction: Int, mlpWidth: Int, patchSize: Int, stride: Int
    ) {
      self.width = width
      self.depth = depth
      self.heads = heads
      self.reduction = reduction
      self.mlpWidth = mlpWidth
      self.patchSize = patchSize
      self.stride = stride
    }
  }

  /// LayerNorm epsilons, one per norm site.
  package struct Epsilons: Codable, Hashable, Sendable {
    /// After each patch embedding.
    package var patch: Float
    /// After the spatial reduction.
    package var reduction: Float
    /// The two norms of a block.
    package var block: Float
    /// After each stage.
    package var stage: Float

    package init(all epsilon: Float) {
      (patch, reduction, block, stage) = (epsilon, epsilon, epsilon, epsilon)
    }
  }

  /// Finest first; published models have four.
  package var stages: [Stage]
  package var epsilon: Epsilons
  /// Nil for an encoder alone.
  package var decodeHead: DecodeHead?
  /// Of an encoder that scores whole images instead; nil otherwise.
  package var classifier: ImageClassifier?

  package init(
    stages: [Stage], epsilon: Epsilons = .init(all: 1e-5), decodeHead: DecodeHead? = nil,
    classifier: ImageClassifier? = nil
  ) {
    self.stages = stages
    self.epsilon = epsilon
    self.decodeHead = decodeHead
    self.classifier = classifier
  }

  /// Blocks N over all stages.
  package var depth: Int { stages.reduce(0) { $0 + $1.depth } }

  /// Height and width of every stage's map for an image of `height` × `width` pixels: `⌊(n + 2⌊P/2⌋ − P) / stride⌋ + 1` per stage.
  package func mapSizes(height: Int, width: Int) -> [(height: Int, width: Int)] {
    var size = (height: height, width: width)
    return stages.map { stage in
      func next(_ n: Int) -> Int {
        max(0, n + 2 * (stage.patchSize / 2) - stage.patchSize) / stage.stride + 1
      }
      size = (next(size.height), next(size.width))
      return size
    }
  }

  /// Blocks of each stage within a depth budget of `k` blocks, counted over all stages.
  package func blocks(within k: Int) -> [Int] {
    var left = k
    return stages.map { stage in
      defer { left -= min(left, stage.depth) }
      return min(left, stage.depth)
    }
  }

  /// What is impossible about these values, or nil. The bounds keep sizes computed from them far from overflow.
  package var flaw: String? {
    func outside(_ value: Int, _ range: ClosedRange<Int>) -> Bool { !range.contains(value) }
    if outside(stages.count, 1...ModelLimits.stages) {
      return "\(stages.count) stages are not in 1…\(ModelLimits.stages)"
    }
    for (number, stage) in stages.enumerated() {
      let s = "stage \(number + 1): "
      if let flaw = Self.flaw(stage) { return s + flaw }
    }
    for value in [epsilon.patch, epsilon.reduction, epsilon.block, epsilon.stage]
    where !(value.isFinite && value > 0) {
      return "epsilon \(value) is not positive"
    }
    guard let head = decodeHead else { return classifier?.flaw(hasClassToken: false) }
    if classifier != nil { return "it has a decode head and a classifier of images" }
    return head.flaw.map { "decode head: " + $0 }
  }

  private static func flaw(_ stage: Stage) -> String? {
    let sizes = [
      ("width", stage.width, ModelLimits.width), ("depth", stage.depth, ModelLimits.depth),
      ("reduction", stage.reduction, ModelLimits.reduction),
      ("MLP width", stage.mlpWidth, ModelLimits.mlpWidth),
      ("patch size", stage.patchSize, ModelLimits.patchSize), ("stride", stage.stride, ModelLimits.stride),
    ]
    for (name, value, most) in sizes where !(1...most).contains(value) {
      return "\(name) \(value) is not in 1…\(most)"
    }
    guard (1...ModelLimits.heads).contains(stage.heads), stage.width % stage.heads == 0 else {
      return "\(stage.heads) heads do not divide a width of \(stage.width)"
    }
    return nil
  }
}
