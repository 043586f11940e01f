import MISTEdge

/// One tensor that a forward pass gives.
package enum BackboneOutput: Hashable, Sendable {
  /// A feature as it is stored. With a level: its map `[h, w, C]`; a model of tokens has level 1, the patches' tokens. Without:
  /// all tokens `[T, C]` of a block or gather depth, class token and registers first, or the final class token `[1, C]`. Of a
  /// pyramid: a block's own map, the coarsest level of a gather depth, and the mean of the last stage's positions.
  case feature(FeatureKey)
  /// A part of the layer tokens: the class token of F_i and the mean of its patches' tokens `[2, C]`; the mean alone `[1, C]` of a
  /// model without class token, and of a block's map. Registers are in neither.
  case layer(Int)
  /// The final norm of all tokens `[T, C]`; of a pyramid the last stage's map.
  case finalTokens
  /// Scores of the model's own classifier `[K]` or decode head `[h, w, K]`.
  case logits
}

extension BackboneOutput {
  static func block(_ i: Int) -> BackboneOutput { .feature(FeatureKey(.block(i))) }

  package static func gather(_ k: Int, level: Int? = nil) -> BackboneOutput {
    .feature(FeatureKey(.gather(k), level: level))
  }

  package static func final(level: Int? = nil) -> BackboneOutput {
    .feature(FeatureKey(.final, level: level))
  }
}

/// Names in golden files.
extension BackboneOutput {
  /// The output that a golden's tensor `name` holds: `F3`, `layer3`, `gather_k12`, `A1_k14`, `stage2`, `final_norm` or
  /// `logits`; nil for
  /// other names.
  init?(golden name: String) {
    if name == "final_norm" {
      self = .finalTokens
    } else if name == "logits" {
      self = .logits
    } else if let i = Self.number(name, after: "F") {
      self = .block(i)
    } else if let i = Self.number(name, after: "layer") {
      self = .layer(i)
    } else if let k = Self.number(name, after: "gather_k") {
      self = .gather(k)
    } else if let stage = Self.number(name, after: "stage") {
      self = .final(level: stage)
    } else if let split = name.firstIndex(of: "_"),
      let level = Self.number(String(name[..<split]), after: "A"),
      let k = Self.number(String(name[split...]), after: "_k")
    {
      self = .gather(k, level: level)
    } else {
      return nil
    }
  }

  /// The number that is the rest of `name` after `prefix`. One spelling per number, so that no two names mean the same tensor.
  private static func number(_ name: String, after prefix: String) -> Int? {
    guard name.hasPrefix(prefix) else { return nil }
    let digits = name.dropFirst(prefix.count)
    guard let value = Int(digits), value >= 0, String(value) == digits else { return nil }
    return value
  }
}
