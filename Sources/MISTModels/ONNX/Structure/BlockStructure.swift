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
  /// The norm of the residual stream at `x` whose result `reader` reads; the only one where `reader` is nil.
  func norm(of x: String, _ module: String, readBy reader: ProductSite? = nil) throws -> NormSite {
    var found = view.norms[x] ?? []
    if let reader {
      let read = view.root(view.input(reader))
      found = found.filter { view.root($0.output) == read }
    }
    // The same norm twice is one: exporters write it once for each reader.
    let first = found.first
    guard let first, found.allSatisfy({ $0.weight.tensor.name == first.weight.tensor.name }) else {
      let read = reader.map { "one that reads \(view.describe(view.root(view.input($0))))" }
      throw view.unexpected(
        x, expected: "\(module), one layer norm that reads its result", found: read ?? "\(found.count)")
    }
    try expect(first, of: x, module)
    return first
  }

  /// The sum that goes on with the residual stream at `x`, nil at its end; `channels` each token.
  mutating func branch(at x: String, _ place: String, channels: Int) throws -> Branch? {
    guard let sums = view.sums[x] else { return nil }
    guard sums.count == 1, let (sum, own, other) = sums.first else {
      throw view.unexpected(x, expected: "one residual sum after it at \(place)", found: "\(sums.count)")
    }
    var value = view.root(other)
    var scale: GraphIndex.Constant?
    if view.product(value)?.output != value, let scaled = view.channelScale(value, width: channels) {
      let lying = arrangement(of: scaled.value, channels: channels)
      guard lying.contains(.tokens), scaled.factor.tensor.shape.last == channels,
        view.layout.shapes[value] == view.layout.shapes[scaled.value]
      else { throw view.unexpected(value, expected: "a factor for each channel in \(place)") }
      arranged[value] = lying
      (scale, value) = (scaled.factor, view.root(scaled.value))
    }
    guard let layer = view.product(value), layer.output == value else {
      throw view.unexpected(value, expected: "a linear layer at the end of \(place)")
    }
    let both = arrangement(of: own, channels: channels).intersection(
      arrangement(of: other, channels: channels))
    guard !both.isEmpty, view.layout.shapes[own] == view.layout.shapes[other] else {
      throw view.unexpected(
        sum, expected: "\(place) added to its own tokens", found: "a sum of elements in another order")
    }
    arranged[sum] = both
    return Branch(sum: sum, layer: layer, scale: scale)
  }

  /// The attention half of block `block` (`blocks.3`); returns the stream after it, nil where the stream ends at `x`.
  mutating func attentionHalf(
    _ x: String, _ block: String, channels: Int, isReduced: Bool = false, biases: AttentionBiases = .together
  ) throws -> String? {
    guard let branch = try branch(at: x, block + ".attn", channels: channels) else { return nil }
    let entered = view.root(view.input(branch.layer))
    guard let attention = try view.attention(entered, joined: view.input(branch.layer), batch: batch) else {
      throw view.unexpected(entered, expected: "\(block)'s attention, a softmax times values")
    }
    let norm = try norm(of: x, block + ".norm1", readBy: attention.query.site)
    try take(norm, as: block + ".norm1")
    let normed = view.root(norm.output)
    try expect(attention.query.site, toRead: normed, block + ".norm1")
    let (k, v) = (attention.key, attention.value)
    guard v.rotation == nil else {
      throw view.unexpected(v.site.output, expected: "\(block)'s values as they are", found: "a rotation")
    }
    if isReduced {
      try takeReduced(attention, normed, block)
    } else {
      try expect(k.site, toRead: normed, block + ".norm1")
      try expect(v.site, toRead: normed, block + ".norm1")
      var sites = try view.together(attention, block)
      if biases == .apart { sites = try takingBiasesApart(sites, block) }
      try take(sites, as: block + ".attn.qkv")
      if biases == .apart {
        guard k.bias == nil else { throw view.unexpected(k.site.output, expected: "keys without a bias") }
        try takeBiases([attention.query], as: block + ".attn.q")
        try takeBiases([v], as: block + ".attn.v")
      } else {
        try takeBiases([attention.query, k, v], as: block + ".attn.qkv")
      }
      if let bias = attention.bias { try take(bias, as: block + ".attn.qkv.bias") }
    }
    try noteAttention(attention, block)
    try take(branch.layer, as: block + ".attn.proj")
    if let scale = branch.scale { try take(scale, as: block + ".ls1", shape: [scale.tensor.count]) }
    return branch.sum
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

  private mutating func noteAttention(_ attention: AttentionStructure, _ block: String) throws {
    let query = attention.query.site
    if let module = modules[query.node] {
      hints.attentions[module] = .init(heads: attention.heads, scale: attention.scale)
    }
    let width = (query.rows ?? 0) / attention.query.parts
    try GraphHints.check(
      scale: attention.scale, width: width, heads: attention.heads, place: "\(block).attn",
      file: graph.archive.path)
    if mapSize.isEmpty, let first = hints.heads, attention.heads != first {
      throw view.unexpected(
        query.output, expected: "\(first) heads as in the blocks before",
        found: "\(attention.heads) in \(block)")
    }
    hints.heads = hints.heads ?? attention.heads
    hints.attentionScale = hints.attentionScale ?? attention.scale
  }
}

/// One half of a block as the residual stream has it.
struct Branch {
  /// The stream after it.
  let sum: String
  /// The layer at its end.
  let layer: ProductSite
  /// The layer scale after that.
  let scale: GraphIndex.Constant?
}
