/// What a PyTorch checkpoint may ask of its reader (`Formats/pytorch-checkpoint.md`).
enum PyTorchLimits {
  /// Tensors among the weights.
  static let tensors = 131_072
  /// Dictionaries and lists inside each other, above a tensor.
  static let nesting = 32
  /// Entries looked at while the weights are searched.
  static let entries = 4_000_000
  /// Bytes of a tensor's dotted name.
  static let name = 1024
  /// Dimensions of a tensor.
  static let dimensions = 64
  /// Bytes of a tensor that has more elements than its storage, as `expand` makes them.
  static let expanded = 1 << 26
}
