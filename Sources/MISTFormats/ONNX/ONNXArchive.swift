/// An ONNX model (`Formats/onnx-subset.md`), mapped: its tensors as an archive and its graph. Opening reads
/// the model's structure; the tensors' bytes stay where they are, in the model or in files beside it.
///
/// The tensors are the initialisers, in file order, and then the tensor attributes of nodes: the value of a
/// `Constant` under the node's output name, others as `OUTPUT:ATTRIBUTE`.
package final class ONNXArchive: TensorArchive {
  package let path: String
  package var format: String { "onnx" }
  /// The model's `metadata_props`.
  package let metadata: [String: String]
  package let tensors: [TensorInfo]
  package let graph: ONNXGraph
  /// Tensors of element types that cannot be read (text, complex, less than a byte) or sparse ones: name and
  /// ONNX's name of the type. They are not among `tensors`; reading one throws.
  package let unsupported: [String: String]

  private enum Source {
    case empty
    case view(MappedFile, Range<Int>)
    case typed(field: Int, message: Range<Int>)
  }
  private let file: MappedFile
  private let sources: [Source]
  private let index: [String: Int]

  /// Opens the model at `path`.
  /// Throws the errors of `MappedFile`, and one of the `onnx.` codes when a rule of the format is broken.
  package convenience init(path: String) throws { try self.init(file: MappedFile(path: path)) }

  /// Opens a file that is mapped, or in memory, already.
  package init(file: MappedFile) throws {
    var contents = Contents()
    do {
      let walker = try ONNXModelWalker(file)
      let decoder = try ONNXGraphDecoder(walker)
      var external = ONNXExternalData(model: file.path)
      for tensor in walker.initializers { try contents.add(tensor, as: tensor.name, file, &external) }
      for (tensor, name) in zip(walker.attributes.map(\.tensor), decoder.attributeTensors) {
        try contents.add(tensor, as: name, file, &external)
      }
      for name in walker.sparse { contents.unsupported[name] = "sparse" }
      graph = ONNXGraph(
        producer: decoder.producer, opset: decoder.opset, nodes: decoder.nodes, inputs: decoder.inputs,
        outputs: decoder.outputs, initializers: walker.initializers.map(\.name))
      metadata = decoder.metadata
    } catch let error as MISTError {
      throw error.inFile(file.path)
    }
    path = file.path
    self.file = file
    tensors = contents.tensors
    sources = contents.sources
    index = contents.index
    unsupported = contents.unsupported
  }

  package func info(_ name: String) -> TensorInfo? { index[name].map { tensors[$0] } }

  package func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let place = index[name] else {
      guard let type = unsupported[name] else { throw tensorNotFound(name) }
      throw MISTError(
        .onnxUnsupportedDataType, file: path, at: "tensor \(quoted(name))",
        "values of type \(type) cannot be read")
    }
    switch sources[place] {
    case .empty: return try body(UnsafeRawBufferPointer(start: nil, count: 0))
    case .view(let file, let range):
      return try withExtendedLifetime(file) {
        try body(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
      }
    case .typed(let field, let message):
      let info = tensors[place]
      return try PageMemory.withBytes(info.byteCount) { buffer in
        do {
          try withExtendedLifetime(file) {
            try ONNXTypedData(
              file: file.bytes, message: message, field: field, dtype: info.dtype, size: info.byteCount,
              place: "tensor \(quoted(name))"
            ).decode(into: buffer)
          }
        } catch let error as MISTError {
          throw error.inFile(path)
        }
        return try body(UnsafeRawBufferPointer(buffer))
      }
    }
  }

  package func release(_ name: String) {
    guard let place = index[name] else { return }
    switch sources[place] {
    case .empty: break
    case .view(let file, let range): file.release(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
    case .typed(_, let message): file.release(UnsafeRawBufferPointer(rebasing: file.bytes[message]))
    }
  }

  private struct Contents {
    var tensors: [TensorInfo] = []
    var sources: [Source] = []
    var index: [String: Int] = [:]
    var unsupported: [String: String] = [:]

    mutating func add(
      _ tensor: ONNXTensorRecord, as name: String, _ file: MappedFile, _ external: inout ONNXExternalData
    ) throws {
      var place: String { "tensor \(quoted(name))" }
      guard index[name] == nil, unsupported[name] == nil else {
        throw MISTError(.onnxDuplicateTensor, at: place, "the model has two tensors of this name")
      }
      guard case .supported(let dtype) = tensor.type else {
        if case .unsupported(let type) = tensor.type { unsupported[name] = type }
        return
      }
      let info = TensorInfo(name: name, dtype: dtype, shape: tensor.shape)
      switch tensor.payload {
      case .none: sources.append(.empty)
      case .view(let range): sources.append(.view(file, range))
      case .typed(let field, let message): sources.append(.typed(field: field, message: message))
      case .external(let location, let offset, _):
        let (data, range) = try external.resolve(location, offset: offset ?? 0, size: info.byteCount, place)
        sources.append(.view(data, range))
      }
      index[name] = tensors.count
      tensors.append(info)
    }
  }
}
