/// What an array of an `.npz` file may ask of its reader (`Formats/npz.md`).
enum NPYLimits {
  /// Bytes of the text that describes an array.
  static let header = 1 << 16
  /// Dimensions of an array: NumPy's own limit.
  static let dimensions = 64
}
