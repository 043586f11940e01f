import MISTFormats

/// Canonical tensors of a graph that kept no names: found by walking the residual stream from the patch embedding on,
/// each weight named by what it does there.
package struct StructureRecovery {
  let graph: GraphIndex
  let view: StructureView
  let convolution: ProductSite
  /// Whose models are built like the graph.
  private(set) var architecture: Architecture?
  var tensors: [RecoveredTensor] = []
  var notes: [String] = []
  var hints = GraphHints()
  /// How values lie whose operators are neither layers nor norms: the residual stream, activations.
  var arranged: [String: Arrangement] = [:]
  /// Height and width of the maps that a stage's convolutions read; empty where there are no stages.
  var mapSize: [Int] = []
  /// Canonical module of each product, by its node.
  var modules: [Int: String] = [:]
  /// Archive names of the stored tensors that became a parameter.
  private(set) var used: Set<String> = []
  private var names: Set<String> = []
  /// The last result that was understood.
  private var end = ""

  init(archive: any TensorArchive, graph onnx: ONNXGraph) throws {
    graph = try GraphIndex(archive: archive, graph: onnx)
    let products = try ProductSite.all(in: graph)
    let norms = NormSite.all(in: graph)
    guard let first = products.first(where: { onnx.nodes[$0.node].opType == "Conv" }) else {
      throw MISTError(
        .onnxUnknownStructure, file: archive.path,
        "expected a vision transformer, found a graph without a convolution with stored weights")
    }
    convolution = first
    let reached = graph.descendants(of: first.output)
    let norm = norms.first { reached.contains($0.node) }
    let channels = graph.headChannels(width: first.rows ?? 0)
    // The size that the positions fit, so that the tokens have a shape.
    let layouts = graph.imageSizes(patches: first).lazy.map { [graph] size in
      GraphLayout(graph, image: size, headChannels: channels)
    }
    guard let layout = layouts.first(where: { $0.shapes[norm?.input ?? ""] != nil }) ?? layouts.first else {
      throw MISTError(.onnxUnknownStructure, file: archive.path, "expected an image as its input, found none")
    }
    view = StructureView(graph, layout, products: products, norms: norms)
    try view.expectImage(first)
    guard let norm else {
      throw view.unexpected(first.output, expected: "layer norms after the patch embedding", found: "none")
    }
    guard let found = Architecture.all.last(where: { $0.graph.fits(self, norm) }) else {
      throw view.unexpected(first.output, expected: "a model of a known architecture")
    }
    architecture = found
    end = try found.graph.read(&self, norm)
    let backbone = graph.ancestors(of: end)
    try readHints(backbone)
    try checkLeftovers(backbone, reached)
  }

  /// The recovery of `graph`, with errors of one type.
  static func read(_ archive: any TensorArchive, _ graph: ONNXGraph) throws(MISTError) -> StructureRecovery {
    do {
      return try StructureRecovery(archive: archive, graph: graph)
    } catch let error as MISTError {
      throw error
    } catch {
      throw MISTError(.onnxUnknownStructure, file: archive.path, "its tensors cannot be read: \(error)")
    }
  }

  /// What the classifier reads, in timm's words.
  var pooling: String? {
    switch hints.classifierInput {
    case .classToken: "token"
    case .mean: "avg"
    case .classTokenAndMean: nil
    case nil: "the graph in another way"
    }
  }

  /// What each canonical tensor is.
  var places: GraphPlaces {
    let nodes = Set(graph.graph.nodes.indices)
    let turning = RotationSite.nodes(of: RotationSite.all(in: graph, of: nodes).sites, in: graph)
    return GraphPlaces(
      archive: graph.archive,
      tensors: Dictionary(tensors.map { ($0.info.name, $0) }, uniquingKeysWith: { first, _ in first }),
      turning: Set(
        turning.flatMap { graph.graph.nodes[$0].inputs.compactMap { graph.constant($0)?.tensor.name } }))
  }

  var unused: [String] { graph.archive.tensors.map(\.name).filter { !used.contains($0) } }

  /// Throws where a block follows what was understood: without names, only the residual stream tells how many there are.
  func expectNoMoreBlocks() throws {
    for i in graph.descendants(of: end).sorted() where graph.graph.nodes[i].opType == "Softmax" {
      let output = graph.graph.nodes[i].outputs.first ?? ""
      let isLast = graph.descendants(of: output).allSatisfy { graph.graph.nodes[$0].opType != "MatMul" }
      if isLast { continue }
      throw view.unexpected(
        output, expected: "no attention after the last block's residual sum", found: "another")
    }
  }

  // MARK: Taking what was found

  mutating func take(_ tensor: RecoveredTensor) throws {
    guard names.insert(tensor.info.name).inserted else {
      throw MISTError(
        .onnxUnknownStructure, file: graph.archive.path, at: "tensor \(quoted(tensor.info.name))",
        "expected one place in the graph for it, found two")
    }
    tensors.append(tensor)
    used.formUnion(tensor.pieces.map(\.tensor))
    let turned = tensor.pieces.contains { $0.transposedFrom != nil } ? ", transposed" : ""
    notes.append(
      "\(tensor.pieces.map(\.tensor).joined(separator: " + ")) → \(tensor.info.name) \(tensor.info.shape)\(turned): "
        + "its place in the dataflow")
  }

  mutating func take(_ constant: GraphIndex.Constant, as name: String, shape: [Int]? = nil) throws {
    try take(RecoveredTensor(name, as: constant.tensor, shape: shape))
  }

  mutating func take(_ norm: NormSite, as module: String) throws {
    try take(norm.weight, as: module + ".weight")
    if let bias = norm.bias { try take(bias, as: module + ".bias") }
    if let epsilon = norm.epsilon { hints.epsilons[module] = epsilon }
    arranged[view.root(norm.output)] = .tokens
  }

  /// Takes a linear layer or convolution; `isLinear`: a convolution of one pixel counts as the linear layer that it is.
  mutating func take(_ site: ProductSite, as module: String, isLinear: Bool = true) throws {
    try take([site], as: module, isLinear: isLinear)
  }

  // MARK: What is left

  private mutating func readHints(_ backbone: Set<Int>) throws {
    let found = hints
    let reader = HintReader(
      graph: graph, backbone: backbone, convolution: convolution, products: view.products, modules: modules)
    reader.read(into: &hints)
    hints.attentions.merge(found.attentions) { $1 }
    hints.heads = found.heads ?? hints.heads
    hints.attentionScale = found.attentionScale
    hints.activation = found.activation
    hints.classifierInput = found.classifierInput
    hints.positionGrid = found.positionGrid
    if found.positionGrid == nil,
      let positions = tensors.first(where: { $0.info.name == "pos_embed" })?.info.shape
    {
      hints.positionGrid = reader.grid(positions: positions[1], size: hints.inputSize, patch: hints.patchSize)
    }
  }

  /// Everything that the backbone computes with must have been taken: what is left shows a computation that was not
  /// understood.
  private func checkLeftovers(_ backbone: Set<Int>, _ reached: Set<Int>) throws {
    let harmless: Set<String> = [
      "Constant", "Identity", "Resize", "Shape", "ConstantOfShape", "Pow", "Where", "Clip", "Expand",
    ]
    let rotations = RotationSite.all(in: graph, of: backbone).sites
    let factors = Set(rotations.flatMap { [$0.cosine, $0.sine] })
    let computing = backbone.intersection(reached).subtracting(RotationSite.nodes(of: rotations, in: graph))
    for i in computing.sorted() where !harmless.contains(graph.graph.nodes[i].opType) {
      let node = graph.graph.nodes[i]
      for input in node.inputs where !factors.contains(input) {
        guard let constant = graph.constant(input), constant.tensor.dtype.isFloat, constant.tensor.count > 1,
          !used.contains(constant.tensor.name), !graph.isAllZero(constant)
        else { continue }
        throw view.unexpected(
          node.outputs.first ?? input, expected: "only weights of a vision transformer's layers",
          found: "\(node.opType) with \(constant.tensor.name) \(constant.tensor.shape)")
      }
    }
  }
}
