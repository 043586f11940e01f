import MISTFormats

/// Names the parameters of one graph: norms, products, layer scales, embeddings, in this order, because each step may
/// lean on the names that the earlier ones found.
struct Recovery {
  let graph: GraphIndex
  private(set) var plan: RecoveryPlan
  private(set) var hints = GraphHints()
  private let norms: [NormSite]
  private let products: [ProductSite]
  private let embeddings: Embeddings?
  /// Nodes that the last norm over the backbone's channels is computed from: beyond it a head or decoder begins,
  /// whose anonymous weights need no name.
  private let backbone: Set<Int>
  /// Each norm's module, nil where unknown, for layers that only dataflow can name.
  private var normModules: [(node: Int, module: String?)] = []
  /// Modules of the products that have a name, by node.
  private(set) var productModules: [Int: String] = [:]

  init(archive: any TensorArchive, graph onnx: ONNXGraph) throws {
    graph = try GraphIndex(archive: archive, graph: onnx)
    plan = try RecoveryPlan(graph)
    norms = NormSite.all(in: graph)
    products = try ProductSite.all(in: graph)
    embeddings = Embeddings(products: products, norms: norms, in: graph)
    // Patches that overlap are the first of several stages, each with other channels.
    let isStaged = embeddings?.convolution.isOverlapping(in: graph) ?? false
    let width = isStaged ? nil : embeddings?.convolution.weight.tensor.shape.first
    let last = norms.last { width == nil || $0.weight.tensor.count == width }
    backbone = last.map { [graph] in graph.ancestors(of: $0.output) } ?? Set(onnx.nodes.indices)
    try nameNorms()
    try nameProducts()
    try nameBatchNorms()
    try nameLayerScales()
    let positions = try embeddings?.recover(into: &plan, module: convolutionModule, in: graph)
    let reader = HintReader(
      graph: graph, backbone: backbone, convolution: embeddings?.convolution, products: products,
      modules: productModules)
    reader.read(into: &hints)
    if let positions {
      hints.positionGrid = reader.grid(positions: positions[1], size: hints.inputSize, patch: hints.patchSize)
    }
    try checkLeftovers()
  }

  /// Stored tensors that no parameter uses, in file order.
  var unused: [String] { graph.archive.tensors.map(\.name).filter { !plan.used.contains($0) } }

  /// Whether not even the first convolution kept a name: nothing else's will be a parameter's.
  var hasLostNames: Bool { embeddings != nil && convolutionModule == nil }

  private var convolutionModule: String? {
    guard let site = embeddings?.convolution else { return nil }
    return names(of: site).flatMap { ParameterName.module(of: $0.weight, parameter: "weight") }
  }

  private mutating func nameNorms() throws {
    for norm in norms {
      let node = graph.graph.nodes[norm.node]
      guard let names = SiteNames(node: node, weight: norm.weight, bias: norm.bias, in: graph) else {
        try requireNames([norm.weight, norm.bias], node)
        normModules.append((norm.node, nil))
        continue
      }
      try claim(norm.weight, names.weight, transposed: false, node, names.reason)
      if let bias = norm.bias { try claim(bias, names.bias, transposed: false, node, names.reason) }
      let module = ParameterName.module(of: names.weight, parameter: "weight")
      normModules.append((norm.node, module))
      if let module, let epsilon = norm.epsilon { hints.epsilons[module] = epsilon }
    }
  }

  private mutating func nameProducts() throws {
    for site in products {
      let node = graph.graph.nodes[site.node]
      guard let names = names(of: site) else {
        try requireNames([site.weight, site.bias], node)
        continue
      }
      productModules[site.node] = ParameterName.module(of: names.weight, parameter: "weight")
      try claim(site.weight, names.weight, transposed: site.isTransposed, node, names.reason)
      if let bias = site.bias { try claim(bias, names.bias, transposed: false, node, names.reason) }
    }
  }

  private func names(of site: ProductSite) -> SiteNames? {
    let node = graph.graph.nodes[site.node]
    return SiteNames(node: node, weight: site.weight, bias: site.bias, in: graph) ?? namesByDataflow(site)
  }

  private func namesByDataflow(_ site: ProductSite) -> SiteNames? {
    if let module = FusionSite.module(of: site, in: graph) {
      return SiteNames(module: module, reason: "the classifier beside it reads its activation")
    }
    guard let role = BlockRole(site, in: graph),
      let norm = normModules.last(where: { $0.node < site.node })?.module, let dot = norm.lastIndex(of: "."),
      let module = role.module(
        in: String(norm[..<dot]), isNamed: { plan.contains($0 + ".weight") || plan.contains($0 + ".bias") })
    else { return nil }
    return SiteNames(module: module, reason: "its place in the dataflow after \(norm)")
  }

  private mutating func nameBatchNorms() throws {
    for norm in BatchNormSite.all(in: graph) {
      let node = graph.graph.nodes[norm.node]
      for (constant, name) in norm.parameters {
        try claim(constant, name, transposed: false, node, "node \(node.name) is that batch norm")
      }
      hints.epsilons[norm.module] = norm.epsilon
    }
  }

  private mutating func nameLayerScales() throws {
    for site in LayerScaleSite.all(in: graph, apartFrom: norms) {
      let node = graph.graph.nodes[site.node]
      try claim(site.factor, site.parameter, transposed: false, node, "node \(node.name) is in that module")
    }
  }

  /// Takes `constant` as parameter `name`, unless it kept a name that is its own.
  private mutating func claim(
    _ constant: GraphIndex.Constant, _ name: String, transposed: Bool, _ node: ONNXGraph.Node,
    _ reason: String
  ) throws {
    if let own = graph.parameterName(constant.value),
      own == name || !graph.isShared(own, at: constant.value) || plan.contains(name)
    {
      return
    }
    let tensor =
      transposed
      ? RecoveredTensor(name, transposeOf: constant.tensor) : RecoveredTensor(name, as: constant.tensor)
    try plan.add(tensor, from: node, because: reason)
  }

  private func requireNames(_ constants: [GraphIndex.Constant?], _ node: ONNXGraph.Node) throws {
    for case let constant? in constants where graph.parameterName(constant.value) == nil {
      guard let i = node.outputs.first.flatMap(graph.producer), backbone.contains(i) else { continue }
      throw unnamed(constant.tensor, node)
    }
  }

  /// Every vector or matrix that the backbone computes with must have become a parameter by now.
  private func checkLeftovers() throws {
    let shapeOnly: Set<String> = [
      "Constant", "Identity", "Resize", "Shape", "ConstantOfShape", "Pow", "Where", "Clip",
    ]
    let rotations = RotationSite.all(in: graph, of: backbone).sites
    let turning = RotationSite.nodes(of: rotations, in: graph)
    let factors = Set(rotations.flatMap { [$0.cosine, $0.sine] })
    for i in backbone.subtracting(turning).sorted() where !shapeOnly.contains(graph.graph.nodes[i].opType) {
      let node = graph.graph.nodes[i]
      for input in node.inputs where !factors.contains(input) {
        guard let constant = graph.constant(input), constant.tensor.dtype.isFloat, constant.tensor.count > 1,
          !plan.used.contains(constant.tensor.name), !isBeforePatches(i)
        else { continue }
        throw MISTError(
          .onnxUnnamedConstant, file: graph.archive.path, at: "node \(node.name)",
          "its \(node.opType) uses \(constant.tensor.name) \(constant.tensor.shape), which belongs to no linear layer, "
            + "convolution, norm, layer scale or embedding of a vision transformer",
          advice: "export the backbone alone")
      }
    }
  }

  private func isBeforePatches(_ node: Int) -> Bool { embeddings.map { node < $0.convolution.node } ?? false }

  private func unnamed(_ tensor: TensorInfo, _ node: ONNXGraph.Node) -> MISTError {
    MISTError(
      .onnxUnnamedWeight, file: graph.archive.path, at: "node \(node.name)",
      "its \(node.opType) uses \(tensor.name) \(tensor.shape), and neither a named bias, nor the node's scope, nor the "
        + "dataflow around it says which parameter that is",
      advice: "export the model again with do_constant_folding=False, which keeps every name")
  }
}
