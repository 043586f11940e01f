/// A file (or folder) of named tensors, opened without reading them: safetensors, one or several, ONNX initialisers,
/// `.npz`. Everything above this module sees checkpoints through this protocol only.
package protocol TensorArchive: Sendable {
  /// The path as the user gave it.
  var path: String { get }
  /// Such as `safetensors` or `onnx`, for people.
  var format: String { get }
  /// The file's own key-value metadata.
  var metadata: [String: String] { get }
  /// Every tensor in file order.
  var tensors: [TensorInfo] { get }

  /// Calls `body` with the little-endian, row-major bytes of tensor `name`: a view of the mapped file where
  /// the format allows it. The view must not outlive the call, and it may be unaligned: use
  /// `FloatConversion` or `loadUnaligned`, or copy it.
  /// Throws `tensor.not-found` when there is none of that name, and whatever decoding it can fail with.
  func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R

  /// Gives back the resident pages of tensor `name`, where they are a mapped file's: reading it again maps them again.
  /// Does nothing for other archives and names.
  func release(_ name: String)

  /// The tensor of that name, nil when there is none.
  func info(_ name: String) -> TensorInfo?
}

extension ErrorCode {
  package static let tensorNotFound = ErrorCode("tensor.not-found")
}

extension TensorArchive {
  package func info(_ name: String) -> TensorInfo? { tensors.first { $0.name == name } }

  package func release(_ name: String) {}

  /// As `withBytes`, for a caller that goes through the archive once: the tensor's pages are released afterwards.
  package func withBytesOnce<R>(
    of name: String, _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    defer { release(name) }
    return try withBytes(of: name, body)
  }

  /// The error for a name that the archive does not have.
  func tensorNotFound(_ name: String) -> MISTError {
    MISTError(.tensorNotFound, file: path, "there is no tensor \(quoted(name)) among the \(tensors.count)")
  }
}
