import MISTEdge

/// In what the linear products of a backbone are computed. Sums, the residual stream, norms, softmax and gathered features are f32
/// whatever it is.
package enum Precision: String, CaseIterable, Codable, Sendable {
  case f32
  /// Weights and activations of products rounded to bfloat16.
  case bf16
  /// Weights quantised per output channel, activations per token as they come.
  case int8
}

extension Precision {
  /// As shards and bundles have it.
  package init(_ precision: FeaturePrecision) {
    switch precision {
    case .f32: self = .f32
    case .bf16: self = .bf16
    case .int8: self = .int8
    }
  }

  /// As shards and bundles have it.
  package var ofFeatures: FeaturePrecision {
    switch self {
    case .f32: .f32
    case .bf16: .bf16
    case .int8: .int8
    }
  }

  /// What is to be said where a head that was trained on features in `trained` reads such in this precision: it runs, since the
  /// features are the same but for rounding. Nil where there is nothing to say.
  package func note(trained: Precision) -> String? {
    self == trained
      ? nil
      : "the head was trained on features computed in \(trained.rawValue), and these are computed in \(rawValue): "
        + "its results may differ from those it was chosen by"
  }
}
