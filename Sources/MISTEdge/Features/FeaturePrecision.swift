/// In what the products of a backbone were computed that made features.
public enum FeaturePrecision: Equatable, Sendable {
  /// 32-bit floats, which features are that do not say it.
  case f32
  /// Weights and activations rounded to bfloat16.
  case bf16
  /// Weights and activations quantised to 8 bits.
  case int8

  /// Its name in shards and bundles.
  public var name: StaticString {
    switch self {
    case .f32: "f32"
    case .bf16: "bf16"
    case .int8: "int8"
    }
  }

  /// Nil for other names.
  init?(_ name: UnsafeRawBufferPointer) {
    if name.equals(FeaturePrecision.f32.name) {
      self = .f32
    } else if name.equals(FeaturePrecision.bf16.name) {
      self = .bf16
    } else if name.equals(FeaturePrecision.int8.name) {
      self = .int8
    } else {
      return nil
    }
  }
}
