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
  /// Canonical module of each product, by its node.
  var modules: [Int: String] = [:]
  /// Archive names of the stored tensors that became a parameter.
  private(set) var used: Set<String> = []
  private var names: Set<String> = []

  init(archive: any TensorArchive, graph onnx: ONNXGraph) throws {
    graph = try GraphIndex(archive: archive, graph: onnx)
    let products = try ProductSite.all(in: graph)
    let norms = NormSite.all(in: graph)
    view = StructureView(graph, products: products, norms: norms)
    guard let first = products.first(where: { onnx.nodes[$0.node].opType == "Conv" }) else {
      throw MISTError(
        .onnxUnknownStructure, file: archive.path,
        "expected a vision transformer, found a graph without a convolution with stored weights")
    }
    convolution = first
    let reached = graph.descendants(of: first.output)
    guard let norm = norms.first(where: { reached.contains($0.node) }) else {
      throw view.unexpected(first.output, expected: "layer norms after the patch embedding", found: "none")
    }
    guard let found = Architecture.all.last(where: { $0.graph.fits(self, norm) }) else {
      throw view.unexpected(first.output, expected: "a model of a known architecture")
    }
    architecture = found
    let end = try found.graph.read(&self, norm)
    let backbone = graph.ancestors(of: end)
    try readHints(backbone)
    try checkLeftovers(backbone, reached)
  }

  var unused: [String] { graph.archive.tensors.map(\.name).filter { !used.contains($0) } }

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
  }

  /// Takes a linear layer or convolution; `isLinear`: a convolution of one pixel counts as the linear layer that it is.
  mutating func take(_ site: ProductSite, as module: String, isLinear: Bool = true) throws {
    try take([site], as: module, isLinear: isLinear)
  }

  /// Takes products of one input as the rows of one.
  mutating func take(_ sites: [ProductSite], as module: String, isLinear: Bool = true) throws {
    guard let first = sites.first else { return }
    var shape = first.weight.tensor.shape
    if first.isTransposed { shape.reverse() }
    if isLinear, shape.count == 4, shape[2...] == [1, 1] { shape.removeLast(2) }
    let pieces = sites.map { site in
      RecoveredTensor.Piece(
        tensor: site.weight.tensor.name, elements: site.weight.tensor.count,
        transposedFrom: site.isTransposed ? site.weight.tensor.shape : nil)
    }
    let biases = sites.compactMap(\.bias)
    let isEven = sites.allSatisfy {
      $0.weight.tensor.dtype == first.weight.tensor.dtype && $0.rows == first.rows
        && $0.columns == first.columns
    }
    guard !shape.isEmpty, isEven, biases.isEmpty || biases.count == sites.count,
      biases.allSatisfy({ $0.tensor.dtype == biases[0].tensor.dtype && $0.tensor.count == first.rows })
    else {
      throw view.unexpected(
        first.output, expected: "\(module)'s parts alike, all with a bias or none",
        found: sites.map { "\($0.weight.tensor.shape)" + ($0.bias == nil ? "" : " with bias") }.joined(
          separator: ", "))
    }
    shape[0] *= sites.count
    try take(
      RecoveredTensor(module + ".weight", dtype: first.weight.tensor.dtype, shape: shape, pieces: pieces))
    if !biases.isEmpty {
      try take(
        RecoveredTensor(
          module + ".bias", dtype: biases[0].tensor.dtype, shape: [shape[0]],
          pieces: biases.map { .init(tensor: $0.tensor.name, elements: $0.tensor.count) }))
    }
    for site in sites {
      // Layers that follow each other in a ring would go on for ever.
      if let earlier = modules.updateValue(module, forKey: site.node) {
        throw view.unexpected(site.output, expected: "a layer for \(module) alone", found: "\(earlier)'s")
      }
    }
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
    if let positions = tensors.first(where: { $0.info.name == "pos_embed" })?.info.shape {
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

extension ProductSite {
  /// Channels that enter, where the weight is a matrix.
  var columns: Int? {
    let shape = weight.tensor.shape
    return shape.count == 2 ? (isTransposed ? shape[0] : shape[1]) : shape.count > 1 ? shape[1] : nil
  }
}
