import MISTFormats

/// An ONNX model seen as a checkpoint: parameters under the names and in the layout that its PyTorch modules gave them
/// (`Formats/onnx-name-recovery.md`), whatever the exporter folded, transposed, merged or renamed.
///
/// Tensors that kept a parameter's name come first, in file order, then those that were recovered. Nothing is copied
/// until a tensor's bytes are asked for.
public struct RecoveredArchive: TensorArchive {
  public let path: String
  public let format: String
  public let metadata: [String: String]
  public let tensors: [TensorInfo]
  /// How each tensor that had lost its name was recovered, one line each.
  public let notes: [String]
  /// Stored tensors that are no parameters: shapes, factors, and anonymous weights outside the backbone.
  public let unused: [String]
  public let hints: GraphHints

  private let archive: any TensorArchive
  private let sources: [String: RecoveredTensor]

  /// Walks the graph of `onnx`; reads no weights, except to compare two that claim the same name.
  /// Throws one of the codes of the document's rules, each naming the node: `onnx.unnamed-weight`,
  /// `onnx.unnamed-embedding`, `onnx.unnamed-constant`, `onnx.ambiguous-weight`, `onnx.weight-shape`,
  /// `onnx.scaled-product`, `onnx.duplicate-value`.
  public init(_ onnx: ONNXArchive) throws {
    try self.init(archive: onnx, graph: onnx.graph)
  }

  /// The same for tensors and a graph that need not come from one file.
  init(archive: any TensorArchive, graph: ONNXGraph) throws {
    let recovery = try Recovery(archive: archive, graph: graph)
    self.archive = archive
    path = archive.path
    format = archive.format
    metadata = archive.metadata
    tensors = recovery.plan.tensors.map(\.info)
    sources = Dictionary(
      recovery.plan.tensors.map { ($0.info.name, $0) }, uniquingKeysWith: { first, _ in first })
    notes = recovery.plan.notes
    unused = recovery.unused
    hints = recovery.hints
  }

  public func info(_ name: String) -> TensorInfo? { sources[name]?.info }

  public func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let source = sources[name] else {
      throw MISTError(
        .tensorNotFound, file: path, at: name, "no parameter of that name, neither stored nor recovered")
    }
    return try source.withBytes(in: archive, body)
  }

  public func release(_ name: String) {
    for piece in sources[name]?.pieces ?? [] { archive.release(piece.tensor) }
  }
}
