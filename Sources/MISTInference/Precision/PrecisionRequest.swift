import MISTModels

/// In what the products of a model are asked to be computed.
public enum PrecisionRequest: String, CaseIterable, Sendable {
  /// 32-bit floats.
  case f32
  /// Weights and activations rounded to bfloat16; f32 on a processor without such instructions.
  case bf16
  /// Weights and activations quantised to 8 bits; f32 on a processor without such instructions.
  case int8
  /// The fastest that the processor has instructions for and whose error on some images is within a bound.
  case auto

  /// Nil for `auto`.
  var fixed: Precision? { Precision(rawValue: rawValue) }
}
