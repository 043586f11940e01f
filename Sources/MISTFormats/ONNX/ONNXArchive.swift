public final class ONNXArchive: TensorArchive {
  public let path: String
  public var format: String { "onnx" }
  public let metadata: [String: String]
  public let tensors: [TensorInfo]
  public let graph: ONNXGraph
  public init(path: String) throws { throw MISTError(.bug, file: path, "ONNX files cannot be read yet") }
  public func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    throw tensorNotFound(name)
  }
}
