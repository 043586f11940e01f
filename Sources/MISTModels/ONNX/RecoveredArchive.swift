import MISTFormats

/// An ONNX model seen as a checkpoint: parameters under the names and in the layout that its PyTorch modules gave them
/// (`Formats/onnx-name-recovery.md`), whatever the exporter folded, transposed, merged or renamed.
///
/// Tensors that kept a parameter's name come first, in file order, then those that were recovered. Nothing is copied
/// until a tensor's bytes are asked for.
package struct RecoveredArchive: TensorArchive {
  package let path: String
  package let format: String
  package let metadata: [String: String]
  package let tensors: [TensorInfo]
  /// How each tensor that had lost its name was recovered, one line each.
  package let notes: [String]
  /// Stored tensors that are no parameters: shapes, factors, and anonymous weights outside the backbone.
  package let unused: [String]
  package let hints: GraphHints
  /// The canonical names as a table, where the graph kept none and they follow from the dataflow.
  let canonical: Convention?
  /// What the dataflow alone says each canonical tensor is; the error where the graph is built otherwise than a known model.
  let dataflow: Result<GraphPlaces, MISTError>

  private let archive: any TensorArchive
  private let sources: [String: RecoveredTensor]

  /// Walks the graph of `onnx`; reads no weights, except to compare two that claim the same name.
  /// Names come first; where they are lost, or follow no convention, the dataflow decides.
  /// Throws one of the codes of the document's rules, each naming the node: `onnx.unnamed-weight`,
  /// `onnx.unnamed-embedding`, `onnx.unnamed-constant`, `onnx.ambiguous-weight`, `onnx.weight-shape`,
  /// `onnx.scaled-product`, `onnx.duplicate-value`.
  package init(_ onnx: ONNXArchive) throws {
    try self.init(archive: onnx, graph: onnx.graph)
  }

  /// The same for tensors and a graph that need not come from one file.
  init(archive: any TensorArchive, graph: ONNXGraph) throws {
    self.archive = archive
    path = archive.path
    format = archive.format
    metadata = archive.metadata
    let parts = try Self.recover(archive, graph.unfused())
    tensors = parts.tensors.map(\.info)
    sources = Dictionary(parts.tensors.map { ($0.info.name, $0) }, uniquingKeysWith: { first, _ in first })
    notes = parts.notes
    unused = parts.unused
    hints = parts.hints
    canonical = parts.canonical
    dataflow = parts.dataflow
  }

  private struct Parts {
    let tensors: [RecoveredTensor]
    let notes: [String]
    let unused: [String]
    let hints: GraphHints
    let dataflow: Result<GraphPlaces, MISTError>
    var canonical: Convention?
  }

  private static func recover(_ archive: any TensorArchive, _ graph: ONNXGraph) throws -> Parts {
    try refuseRewritten(graph, file: archive.path)
    let structure = Result { () throws(MISTError) in try StructureRecovery.read(archive, graph) }
    let named: Recovery
    do {
      named = try Recovery(archive: archive, graph: graph)
    } catch let error as MISTError where ![.onnxDuplicateValue, .onnxIdentityChain].contains(error.code) {
      // What the names could not tell, the dataflow may.
      switch structure {
      case .success(let found): return try parts(found)
      case .failure(let other) where other.code != .onnxUnknownStructure: throw other
      case .failure: throw error
      }
    }
    // Heads that names and shapes suggest would only hide it.
    if case .failure(let other) = structure, other.code == .convertAttentionScale { throw other }
    if named.hasLostNames { return try parts(structure.get()) }
    if !isConventional(named.plan.tensors.map(\.info), archive), case .success(let found) = structure {
      return try parts(found)
    }
    var hints = named.hints
    if case .success(let found) = structure {
      hints.activation = found.hints.activation
      hints.heads = found.hints.heads
      hints.attentionScale = found.hints.attentionScale
      hints.positionGrid = found.hints.positionGrid
      hints.classPosition = found.hints.classPosition
      hints.classifierInput = found.hints.classifierInput
      hints.pooling = found.pooling
      for (node, module) in named.productModules {
        let attention = found.modules[node].flatMap { found.hints.attentions[$0] }
        if let attention { hints.attentions[module] = attention }
      }
    }
    return Parts(
      tensors: named.plan.tensors, notes: named.plan.notes, unused: named.unused, hints: hints,
      dataflow: structure.map(\.places))
  }

  private static func parts(_ structure: StructureRecovery) throws -> Parts {
    try structure.expectNoMoreBlocks()
    var hints = structure.hints
    hints.pooling = structure.pooling
    let kept = structure.graph.archive.tensors.filter {
      $0.dtype.isFloat && !ParameterName.isAnonymous($0.name)
    }
    let nearest = try? Recognition(ListedTensors(path: structure.graph.archive.path, tensors: kept))
      .convention
    return Parts(
      tensors: structure.tensors, notes: structure.notes, unused: structure.unused, hints: hints,
      dataflow: .success(structure.places), canonical: structure.architecture?.canonicalNames(nearest))
  }

  /// Whether the names fit a known convention without a gap or a stranger.
  private static func isConventional(_ tensors: [TensorInfo], _ archive: any TensorArchive) -> Bool {
    let listed = ListedTensors(path: archive.path, tensors: tensors)
    guard let found = try? Recognition(listed) else { return false }
    return found.reading.score == 1
  }

  /// Names and shapes alone.
  private struct ListedTensors: TensorArchive {
    let path: String
    let tensors: [TensorInfo]
    var format: String { "onnx" }
    var metadata: [String: String] { [:] }
    func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
      throw MISTError(.tensorNotFound, file: path, at: name, "only its name is known")
    }
  }

  /// The parts that tensor `name` is made of.
  func pieces(of name: String) -> [RecoveredTensor.Piece] { sources[name]?.pieces ?? [] }

  package func info(_ name: String) -> TensorInfo? { sources[name]?.info }

  package func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let source = sources[name] else {
      throw MISTError(
        .tensorNotFound, file: path, at: name, "no parameter of that name, neither stored nor recovered")
    }
    return try source.withBytes(in: archive, body)
  }

  package func release(_ name: String) {
    sources[name]?.release(in: archive)
  }
}
