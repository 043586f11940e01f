/// The linear layer that scores the classes of images, beside the backbone that it was trained with. Features and the model's
/// hash do not depend on it.
package struct ImageClassifier: Codable, Hashable, Sendable {
  /// What it reads of the tokens, or of the last stage's map, after the last norm.
  package enum Input: String, Codable, Hashable, Sendable, CaseIterable {
    /// The class token `[C]`.
    case classToken = "class-token"
    /// The mean of the patches or positions, without class token and registers `[C]`.
    case mean
    /// Both, the class token first `[2C]` (transformers' `Dinov2ForImageClassification`).
    case classTokenAndMean = "class-token-and-mean"

    /// Values that it is, of `width` channels.
    package func columns(width: Int) -> Int { self == .classTokenAndMean ? 2 * width : width }
  }

  package var classes: Int
  package var input: Input

  package init(classes: Int, input: Input) {
    self.classes = classes
    self.input = input
  }

  /// Its canonical tensors with their shapes.
  func tensors(width: Int) -> [(name: String, shape: [Int])] {
    [("classifier.weight", [classes, input.columns(width: width)]), ("classifier.bias", [classes])]
  }

  /// What is impossible about these values, or nil.
  func flaw(hasClassToken: Bool) -> String? {
    if !(1...ModelLimits.classes).contains(classes) {
      return "classifier: \(classes) classes are not in 1…\(ModelLimits.classes)"
    }
    return input == .mean || hasClassToken
      ? nil : "the classifier reads a class token, and there is none"
  }
}
