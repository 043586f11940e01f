/// What only a recipe for segmentation knows.
package struct MaskOptions: RecipeOptions {
  package enum Head: String, Encodable, Sendable, CaseIterable {
    /// The levels' sum is the logits.
    case linear
    /// SegFormer's all-MLP head in its merged form: sum, ReLU, classifier.
    case mlp
  }

  /// Where low-rank attention blocks stand.
  package enum Attention: String, Encodable, Sendable, CaseIterable {
    case none
    /// On the last, coarsest level.
    case final
    /// On every level.
    case all
  }

  package static let schedule = Schedule.poly(power: 1, warmup: 0)
  package static let epochs = 40
  package static let batch = 8
  package static let weightDecay: Float = 0.01

  package var head = Head.linear
  package var lae = Attention.none
  /// Channels of the mlp head's sum.
  package var hidden = 256

  package init() {}
}
