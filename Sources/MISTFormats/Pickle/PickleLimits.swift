/// What a pickle may ask of its reader (`Formats/pytorch-checkpoint.md`).
enum PickleLimits {
  /// Opcodes of one pickle.
  static let operations = 4_000_000
  /// Lists, dictionaries, tuples and other objects that one pickle makes.
  static let objects = 1_000_000
  /// Values that wait on the stack.
  static let stack = 500_000
  /// Marks that are open at a time: how deep opcodes with many operands are nested.
  static let marks = 1000
  /// Bytes of a text that is kept; longer ones are passed over.
  static let text = 1 << 16
  /// Bytes of the name of a module or of something in it.
  static let globalName = 1024
}
