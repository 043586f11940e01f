import MISTFormats

/// Where the biases of queries, keys and values are kept.
enum AttentionBiases {
  /// All three in one.
  case together
  /// Those of queries and of values for themselves; keys have none.
  case apart
}

/// The two halves of a transformer block: `x + [scale ·] layer(… norm(x) …)`.
extension StructureRecovery {
  /// The one norm of the residual stream at `x`.
  func norm(of x: String, _ module: String) throws -> NormSite {
    guard let found = view.norms[x], found.count == 1 else {
      throw view.unexpected(
        x, expected: "\(module), one layer norm that reads its result", found: "\(view.norms[x]?.count ?? 0)")
    }
    return found[0]
  }

  /// The sum that goes on with the residual stream at `x`, nil at its end.
  func branch(at x: String, _ place: String) throws -> (
    sum: String, layer: ProductSite, scale: GraphIndex.Constant?
  )? {
    guard let sums = view.sums[x] else { return nil }
    guard sums.count == 1 else {
      throw view.unexpected(x, expected: "one residual sum after it at \(place)", found: "\(sums.count)")
    }
    let width = convolutionWidth(x)
    var value = view.root(sums[0].other)
    var scale: GraphIndex.Constant?
    if let width, view.product(value) == nil, let scaled = view.channelScale(value, width: width) {
      (scale, value) = (scaled.factor, view.root(scaled.value))
    }
    guard let layer = view.product(value) else {
      throw view.unexpected(value, expected: "a linear layer at the end of \(place)")
    }
    return (sums[0].sum, layer, scale)
  }

  private func convolutionWidth(_ x: String) -> Int? { view.norms[x]?.first?.weight.tensor.count }

  /// The attention half of block `block` (`blocks.3`); returns the stream after it, nil where the stream ends at `x`.
  mutating func attentionHalf(
    _ x: String, _ block: String, isReduced: Bool = false, biases: AttentionBiases = .together
  ) throws -> String? {
    guard let (sum, layer, scale) = try branch(at: x, block + ".attn") else { return nil }
    let norm = try norm(of: x, block + ".norm1")
    let entered = view.root(view.input(layer))
    guard let attention = try view.attention(entered) else {
      throw view.unexpected(entered, expected: "\(block)'s attention, a softmax times values")
    }
    try take(norm, as: block + ".norm1")
    let normed = view.root(norm.output)
    try expect(attention.query.site, toRead: normed, block + ".norm1")
    let (q, k, v) = (attention.query, attention.key, attention.value)
    if isReduced {
      try take(q.site, as: block + ".attn.q")
      let source = try reduction(k.site, normed, block)
      try expect(v.site, toRead: source, block + ".attn's keys and values")
      if k.site.node == v.site.node, [k.part, v.part] == [0, 1], k.parts == 2 {
        try take(k.site, as: block + ".attn.kv")
      } else if k.part == nil, v.part == nil, k.site.node != v.site.node, q.part == nil {
        try take([k.site, v.site], as: block + ".attn.kv")
      } else {
        throw view.unexpected(v.site.output, expected: "\(block)'s key and value, in this order")
      }
    } else {
      try expect(k.site, toRead: normed, block + ".norm1")
      try expect(v.site, toRead: normed, block + ".norm1")
      guard v.rotation == nil else {
        throw view.unexpected(v.site.output, expected: "\(block)'s values as they are", found: "a rotation")
      }
      let nodes = Set([q, k, v].map(\.site.node))
      var sites: [ProductSite]
      if nodes.count == 1, [q.part, k.part, v.part] == [0, 1, 2], q.parts == 3 {
        sites = [q.site]
      } else if nodes.count == 3, [q, k, v].allSatisfy({ $0.part == nil }) {
        sites = [q.site, k.site, v.site]
      } else {
        throw view.unexpected(v.site.output, expected: "\(block)'s query, key and value, in this order")
      }
      if biases == .apart { sites = try takingBiasesApart(sites, block) }
      try take(sites, as: block + ".attn.qkv")
      if let bias = attention.bias { try take(bias, as: block + ".attn.qkv.bias") }
    }
    try noteAttention(attention, block)
    try take(layer, as: block + ".attn.proj")
    if let scale { try take(scale, as: block + ".ls1", shape: [scale.tensor.count]) }
    return sum
  }

  /// Takes the biases of queries and values alone; one of keys must be zero. Returns the products without them.
  private mutating func takingBiasesApart(_ sites: [ProductSite], _ block: String) throws -> [ProductSite] {
    func zero(_ piece: RecoveredTensor, _ site: ProductSite) throws {
      let isZero = try piece.withBytes(in: graph.archive) { $0.allSatisfy { $0 == 0 } }
      guard isZero else {
        throw view.unexpected(site.output, expected: "\(block)'s keys without a bias, or one of zeros")
      }
    }
    let names = ["q", nil, "v"].map { $0.map { "\(block).attn.\($0).bias" } }
    for (part, name) in names.enumerated() {
      let site = sites[sites.count == 1 ? 0 : part]
      guard let bias = site.bias else { continue }
      let count = bias.tensor.count / (sites.count == 1 ? 3 : 1)
      let piece = RecoveredTensor.Piece(
        tensor: bias.tensor.name, elements: count, offset: sites.count == 1 ? part * count : 0)
      let tensor = RecoveredTensor(name ?? "", dtype: bias.tensor.dtype, shape: [count], pieces: [piece])
      if name == nil { try zero(tensor, site) } else { try take(tensor) }
    }
    return sites.map { site in
      ProductSite(
        node: site.node, weight: site.weight, bias: nil, isTransposed: site.isTransposed, output: site.output)
    }
  }

  /// What keys and values are computed from: the norm's result, or its reduction.
  private mutating func reduction(_ key: ProductSite, _ normed: String, _ block: String) throws -> String {
    let source = view.root(view.input(key))
    if source == normed { return source }
    for (input, norms) in view.norms {
      guard let norm = norms.first, view.root(norm.output) == source, norms.count == 1 else { continue }
      guard let convolution = view.product(input), view.isConvolution(convolution) else { break }
      try expect(convolution, toRead: normed, block + ".norm1")
      try take(convolution, as: block + ".attn.reduction", isLinear: false)
      try take(norm, as: block + ".attn.reduction_norm")
      return source
    }
    throw view.unexpected(source, expected: "\(block).norm1, or its reduction by a convolution and a norm")
  }

  private mutating func noteAttention(_ attention: AttentionStructure, _ block: String) throws {
    if let module = modules[attention.query.site.node] {
      hints.attentions[module] = .init(heads: attention.heads, scale: attention.scale)
    }
    if let first = hints.attentionScale, let scale = attention.scale,
      convolution.isOverlapping(in: graph) == false,
      abs(scale / first - 1) > GraphHints.attentionScaleTolerance
    {
      throw view.unexpected(
        attention.query.site.output, expected: "an attention scale of \(first) as in the blocks before",
        found: "\(scale) in \(block)")
    }
    hints.heads = hints.heads ?? attention.heads
    hints.attentionScale = hints.attentionScale ?? attention.scale
  }

  func expect(_ site: ProductSite, toRead value: String, _ what: String) throws {
    let read = view.root(view.input(site))
    guard read == value else {
      throw view.unexpected(
        site.output, expected: "a product that reads \(what)", found: "one that reads \(view.describe(read))")
    }
  }
}
