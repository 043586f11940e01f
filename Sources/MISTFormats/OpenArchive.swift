public func openArchive(_ path: String) throws -> any TensorArchive {
  path.hasSuffix(".onnx") ? try ONNXArchive(path: path) : try SafetensorsArchive(path: path)
}
