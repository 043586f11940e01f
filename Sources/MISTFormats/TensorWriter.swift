/// What takes the bytes of tensors as they are made, in order and in parts.
package protocol TensorSink {
  /// Adds bytes (little-endian, row-major) to tensor `name`: all of them, or the next part.
  mutating func append(_ name: String, _ bytes: UnsafeRawBufferPointer) throws
}

/// A file of named tensors being written in one pass, whichever format it has: tensors are declared when it is started,
/// and their bytes come in declared order, each tensor's in one part or several. The file appears under its name when
/// `finish()` succeeds and not before.
package protocol TensorWriter: TensorSink {
  /// Adds numbers to tensor `name`, converted to its declared floating-point type (`FloatConversion`), as the other
  /// `append` adds bytes. Throws `tensor.not-float` where it is none.
  mutating func append(_ name: String, floats: UnsafeBufferPointer<Float>) throws

  /// Puts the file in place.
  mutating func finish() throws
}

extension TensorWriter {
  /// As the other `append`, from an array of numbers in the tensor's own type.
  package mutating func append<Element: BitwiseCopyable>(_ name: String, _ elements: [Element]) throws {
    try elements.withUnsafeBytes { try append(name, $0) }
  }

  /// As the other `append(_:floats:)`, from an array.
  package mutating func append(_ name: String, floats: [Float]) throws {
    try floats.withUnsafeBufferPointer { try append(name, floats: $0) }
  }
}
