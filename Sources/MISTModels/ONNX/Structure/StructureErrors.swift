import MISTFormats

extension ErrorCode {
  /// A graph that is built otherwise than a vision transformer or a SegFormer.
  package static let onnxUnknownStructure = ErrorCode("onnx.unknown-structure")
}

extension StructureView {
  /// An error at the node that makes `value`: what a vision transformer has there, and what the graph has.
  func unexpected(_ value: String, expected: String, found: String? = nil) -> MISTError {
    let node = graph.node(making: value)
    let place =
      node.map { $0.name.isEmpty ? "the node making \(value)" : "node \($0.name)" } ?? "value \(value)"
    return MISTError(
      .onnxUnknownStructure, file: graph.archive.path, at: place,
      "expected \(expected), found " + (found ?? describe(value)),
      advice:
        "a graph is converted only if all that it computes up to the features is understood; export the backbone alone, "
        + "or convert the checkpoint")
  }

  /// For people: what makes `value`.
  func describe(_ value: String) -> String {
    if let constant = graph.constant(value) { return "the stored tensor \(constant.tensor.shape)" }
    guard let node = graph.node(making: value) else { return "an input of the graph" }
    return node.domain.isEmpty ? node.opType : "\(node.domain).\(node.opType)"
  }
}
