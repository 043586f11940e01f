import MISTFormats

/// How one naming style calls the parts of a model's embedding, relative to the prefix before the convolution's module.
package struct EmbeddingNames: Sendable {
  let convolution: String
  let classToken: String
  let registers: String
  let positions: String
}

/// The patch embedding's convolution and what is joined and added to its tokens before the first block: class token,
/// register tokens, position embedding.
struct Embeddings {
  let convolution: ProductSite
  /// Nodes that work on patch tokens, in file order, up to the first norm, block or residual.
  private let region: [Int]
  private let reached: Set<Int>

  /// The first convolution of the graph is the patch embedding: a plain ViT has no other before its blocks.
  init?(products: [ProductSite], norms: [NormSite], in graph: GraphIndex) {
    guard let convolution = products.first(where: { graph.graph.nodes[$0.node].opType == "Conv" }) else {
      return nil
    }
    let reached = graph.descendants(of: convolution.output)
    let ends = norms.map(\.node) + products.map(\.node)
    let end = ends.filter(reached.contains).min() ?? graph.graph.nodes.count
    self.convolution = convolution
    self.reached = reached
    region = reached.filter { $0 < end }.sorted()
  }

  /// Names the anonymous tokens and position embedding, and returns the shape `[1, tokens, C]` of a recovered position
  /// embedding. `module` is the convolution's.
  func recover(into plan: inout RecoveryPlan, module: String?, in graph: GraphIndex) throws -> [Int]? {
    guard let width = convolution.weight.tensor.shape.first else { return nil }
    let naming = module.flatMap(Self.naming(for:))
    var hasClassToken = false
    var recovered: [Int]?
    for i in region {
      let node = graph.graph.nodes[i]
      switch node.opType {
      case "Concat":
        for input in node.inputs where !isComputed(input, graph) {
          guard let pieces = TokenPieces(input, in: graph) else { continue }
          defer { hasClassToken = true }
          guard !pieces.areNamed(in: graph) else { continue }
          let name = hasClassToken ? naming?.registers : naming?.classToken
          try add(pieces, name, width, node, "joined to the patch tokens", &plan, graph)
        }
      case "Add" where node.inputs.count == 2:
        guard let added = node.inputs.first(where: { !isComputed($0, graph) }),
          let pieces = TokenPieces(added, in: graph), pieces.sources.allSatisfy({ $0.info.shape.count > 1 }),
          !pieces.areNamed(in: graph)
        else { continue }
        let tensor = try add(pieces, naming?.positions, width, node, "added to the tokens", &plan, graph)
        recovered = tensor.info.shape
        let resized = pieces.sources.contains { $0.path.contains("Resize") }
        plan.note(
          "\(tensor.info.name): \(tensor.info.shape[1]) positions, "
            + (resized
              ? "stored as trained, the graph resizes them itself"
              : "at the grid the model was exported with, which may be a resized one"))
      default: continue
      }
    }
    return recovered
  }

  @discardableResult
  private func add(
    _ pieces: TokenPieces, _ name: String?, _ width: Int, _ node: ONNXGraph.Node, _ reason: String,
    _ plan: inout RecoveryPlan, _ graph: GraphIndex
  ) throws -> RecoveredTensor {
    guard let name, let tensor = pieces.tensor(named: name, width: width) else {
      let parts = pieces.sources.map { "\($0.info.name) \($0.info.shape)" }.joined(separator: ", ")
      throw MISTError(
        .onnxUnnamedEmbedding, file: graph.archive.path, at: "node \(node.name)",
        "cannot tell which parameter \(parts) is, \(reason) of \(width) channels",
        advice: "export the model again with do_constant_folding=False, which keeps every name")
    }
    try plan.add(tensor, from: node, because: reason)
    return tensor
  }

  private func isComputed(_ value: String, _ graph: GraphIndex) -> Bool {
    graph.producer(of: value).map { reached.contains($0) } ?? false
  }

  private static func naming(for module: String) -> EmbeddingNames? {
    for style in Architecture.all.lazy.flatMap(\.embeddingNames)
    where module == style.convolution || module.hasSuffix("." + style.convolution) {
      let prefix = module.dropLast(style.convolution.count)
      return EmbeddingNames(
        convolution: module, classToken: prefix + style.classToken, registers: prefix + style.registers,
        positions: prefix + style.positions)
    }
    return nil
  }
}
