import MISTFormats

/// Reads architecture from a graph's constants.
struct HintReader {
  let graph: GraphIndex
  let backbone: Set<Int>
  let convolution: ProductSite?
  let products: [ProductSite]
  /// Module of each product that has a name, by its node.
  let modules: [Int: String]

  func read(into hints: inout GraphHints) {
    readInput(into: &hints)
    hints.activation = activation()
    let nodes = graph.graph.nodes
    let sites = Dictionary(products.map { ($0.output, $0) }, uniquingKeysWith: { first, _ in first })
    let width = convolution?.weight.tensor.shape.first
    for i in backbone.sorted() where nodes[i].opType == "Softmax" {
      // A product of the query alone has its channels; one of q, k and v together has three times as many.
      let attention = AttentionSite(
        softmax: nodes[i],
        width: { query in sites[query].flatMap { $0.isSquare ? $0.weight.tensor.shape[0] : nil } ?? width },
        in: graph)
      guard let attention else { continue }
      hints.heads = hints.heads ?? attention.heads
      hints.attentionScale = hints.attentionScale ?? attention.scale
      if let module = attention.query.flatMap({ sites[$0] }).flatMap({ modules[$0.node] }) {
        hints.attentions[module] = .init(heads: attention.heads, scale: attention.scale)
      }
    }
    readRotations(into: &hints)
    for site in products {
      guard let module = modules[site.node], nodes[site.node].opType == "Conv" else { continue }
      hints.convolutions[module] = ConvolutionSite.read(nodes[site.node])
      hints.fusions[module] = FusionSite(convolution: site, sites: sites, modules: modules, in: graph)?.fusion
    }
  }

  private func readRotations(into hints: inout GraphHints) {
    let found = RotationSite.all(in: graph, of: backbone)
    hints.hasUnequalRotations = found.isUnequal
    guard let patch = hints.patchSize, !found.sites.isEmpty else { return }
    // Any size will do where the graph takes several.
    let size = hints.inputSize ?? [3 * patch, 5 * patch]
    let grid = size.map { $0 / patch }
    let width = convolution?.weight.tensor.shape.first ?? 0
    let channels = hints.heads.map { $0 > 0 ? width / $0 : 0 } ?? 0
    hints.rotations = found.sites.map { site in
      var evaluation = GraphEvaluation(graph, image: size, lastSide: channels)
      func table(_ value: String) -> [Float] {
        guard let array = evaluation.array(value), array.shape.dropLast(2).allSatisfy({ $0 == 1 }) else {
          return []
        }
        return array.values.map { Float($0) }
      }
      return GraphHints.Rotation(
        prefix: site.prefix, grid: grid, cosine: table(site.cosine), sine: table(site.sine))
    }
  }

  /// Rows and columns of `positions` (class and register positions possibly among them): those of the input where
  /// they fit, else a square.
  func grid(positions: Int, size: [Int]?, patch: Int?) -> [Int]? {
    if let size, let patch, patch > 0 {
      let rows = size[0] / patch
      let columns = size[1] / patch
      let (patches, overflow) = rows.multipliedReportingOverflow(by: columns)
      if !overflow, patches == positions || patches == positions - 1 { return [rows, columns] }
    }
    for extra in [1, 0] where positions > extra {
      let side = Int(Double(positions - extra).squareRoot().rounded())
      if side * side == positions - extra { return [side, side] }
    }
    return nil
  }

  private func readInput(into hints: inout GraphHints) {
    let stored = Set(graph.graph.initializers)
    let image = graph.graph.inputs.first { !stored.contains($0.name) && $0.shape.count == 4 }
    if let height = image?.shape[2], let width = image?.shape[3], height > 0, width > 0 {
      hints.inputSize = [height, width]
    }
    guard let convolution, case let shape = convolution.weight.tensor.shape, shape.count == 4 else { return }
    let node = graph.graph.nodes[convolution.node]
    if shape[2] == shape[3], node.attributes["strides"] == .ints([shape[2], shape[3]]) {
      hints.patchSize = shape[2]
    }
    hints.normalizesInput =
      node.inputs.first.map { input in
        graph.ancestors(of: input).contains { i in
          ["Sub", "Div", "Mul", "Add", "BatchNormalization"].contains(graph.graph.nodes[i].opType)
            && graph.graph.nodes[i].inputs.contains { graph.constant($0)?.tensor.dtype.isFloat == true }
        }
      } ?? false
  }

  private func activation() -> GraphHints.Activation? {
    var found: Set<GraphHints.Activation> = []
    for i in backbone {
      let node = graph.graph.nodes[i]
      switch node.opType {
      case "Erf": found.insert(.geluErf)
      case "Tanh": found.insert(.geluTanh)
      case "Gelu": found.insert(node.attributes["approximate"] == .string("tanh") ? .geluTanh : .geluErf)
      case "Sigmoid":
        let scaled = node.inputs.first.flatMap(graph.node(making:)).map { source in
          source.opType == "Mul" && source.inputs.contains { graph.scalar($0) != nil }
        }
        found.insert(scaled == true ? .geluQuick : .silu)
      default: continue
      }
    }
    // Next to an approximation any other activation may be a gate's or a pooling's; the approximation is the MLP's.
    return [.geluTanh, .geluQuick].first(where: found.contains) ?? (found.count == 1 ? found.first : nil)
  }
}
