import MISTBackbone
import MISTModels

/// What this processor computes products in with instructions of its own.
enum NativePrecisions {
  /// The fastest first; f32, which every processor has, is the last.
  static var all: [Precision] { [Precision.int8, .bf16, .f32].filter(\.isNative) }
}
