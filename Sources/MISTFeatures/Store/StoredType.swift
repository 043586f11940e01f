import MISTEdge
import MISTFormats

/// How gathered features are stored: f32, f16, or int8 with one f32 scale per token or map position. Everything is handed out
/// as f32.
extension StoredType {
  /// The element type of the features' tensors.
  package var elements: DType {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .int8: .i8
    }
  }
}
