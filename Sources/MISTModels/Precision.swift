/// In what the linear products of a backbone are computed. Sums, the residual stream, norms, softmax and gathered features are f32
/// whatever it is.
package enum Precision: String, CaseIterable, Sendable {
  case f32
  /// Weights and activations of products rounded to bfloat16.
  case bf16
  /// Weights quantised per output channel, activations per token as they come.
  case int8
}
