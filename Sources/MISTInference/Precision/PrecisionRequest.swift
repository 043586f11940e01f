import MISTBackbone
import MISTFormats
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

  /// Narrow products have kernels of the suite's own alone, on every processor.
  /// Throws `precision.backend` for a library that would compute none of them, or of `auto` perhaps none.
  func check(_ backend: ProductBackend?) throws {
    guard self != .f32, let backend, backend != .packed else { return }
    let products = self == .auto ? "what --precision auto may choose" : "products in \(rawValue)"
    throw MISTError(
      .precisionBackend,
      "--backend \(backend.rawValue) multiplies floats alone, and \(products) the suite's own kernels compute",
      advice: "leave --backend out, name packed, or use --precision f32")
  }
}
