import MISTFormats

/// The parameters recovered so far, by name.
struct RecoveryPlan {
  private let graph: GraphIndex
  private(set) var tensors: [RecoveredTensor] = []
  private(set) var notes: [String] = []
  /// Archive names of the stored tensors that some parameter uses.
  private(set) var used: Set<String> = []
  private var positions: [String: Int] = [:]

  /// Starts with every tensor that kept a parameter's name, and every Identity output that has one.
  init(_ graph: GraphIndex) throws {
    self.graph = graph
    for tensor in graph.archive.tensors
    where graph.infos[tensor.name] != nil && !ParameterName.isAnonymous(tensor.name) {
      append(RecoveredTensor(tensor.name, as: tensor))
    }
    for node in graph.graph.nodes where node.opType == "Identity" {
      guard let output = node.outputs.first, !ParameterName.isAnonymous(output),
        let constant = graph.constant(output)
      else { continue }
      try add(
        RecoveredTensor(output, as: constant.tensor), from: node,
        because: "an Identity node gives it that name")
    }
  }

  func contains(_ name: String) -> Bool { positions[name] != nil }
  func info(_ name: String) -> TensorInfo? { positions[name].map { tensors[$0].info } }

  /// Adds `tensor`, which `node` reads and whose name follows from `reason`.
  /// Throws `onnx.ambiguous-weight` when its name belongs to a tensor with other values.
  mutating func add(_ tensor: RecoveredTensor, from node: ONNXGraph.Node, because reason: String) throws {
    let parts = tensor.pieces.map(\.tensor).joined(separator: " + ")
    if let position = positions[tensor.info.name] {
      let present = tensors[position]
      guard try present.pieces == tensor.pieces || equal(present, tensor) else {
        throw MISTError(
          .onnxAmbiguousWeight, file: graph.archive.path, at: "node \(node.name)",
          "\(parts) would be named \(tensor.info.name) (\(reason)), but that name belongs to "
            + "\(present.pieces.map(\.tensor).joined(separator: " + ")) with other values",
          advice: "export the model again with do_constant_folding=False, which keeps every name")
      }
    } else {
      append(tensor)
      let change = tensor.pieces.contains { $0.transposedFrom != nil } ? ", transposed" : ""
      notes.append("\(parts) → \(tensor.info.name) \(tensor.info.shape)\(change): \(reason)")
    }
    used.formUnion(tensor.pieces.map(\.tensor))
  }

  mutating func note(_ text: String) { notes.append(text) }

  private mutating func append(_ tensor: RecoveredTensor) {
    guard positions.updateValue(tensors.count, forKey: tensor.info.name) == nil else { return }
    tensors.append(tensor)
    used.formUnion(tensor.pieces.map(\.tensor))
  }

  private func equal(_ a: RecoveredTensor, _ b: RecoveredTensor) throws -> Bool {
    guard a.info.dtype == b.info.dtype, a.info.shape == b.info.shape else { return false }
    defer { for tensor in [a, b] { tensor.release(in: graph.archive) } }
    return try a.withBytes(in: graph.archive) { x in
      try b.withBytes(in: graph.archive) { y in x.elementsEqual(y) }
    }
  }
}
