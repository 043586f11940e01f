import MISTFormats

extension StructureView {
  /// The layers that make query, key and value: one for all three, or three. Throws for any other order.
  func together(_ attention: AttentionStructure, _ block: String) throws -> [ProductSite] {
    let all = [attention.query, attention.key, attention.value]
    let nodes = Set(all.map(\.site.node))
    if nodes.count == 1, all.map(\.part) == [0, 1, 2], all[0].parts == 3 { return [all[0].site] }
    if nodes.count == 3, all.allSatisfy({ $0.part == nil }) { return all.map(\.site) }
    throw unexpected(all[2].site.output, expected: "\(block)'s query, key and value, in this order")
  }
}

/// Attention whose keys and values may be of fewer tokens, as a SegFormer's.
extension StructureRecovery {
  mutating func takeReduced(_ attention: AttentionStructure, _ normed: String, _ block: String) throws {
    let (q, k, v) = (attention.query, attention.key, attention.value)
    guard attention.bias == nil, [q, k, v].allSatisfy({ $0.rotation == nil }) else {
      throw view.unexpected(q.site.output, expected: "\(block)'s attention by layers of their own")
    }
    // Where nothing is reduced, a simplifier may have joined all three.
    if k.site.node == q.site.node {
      let sites = try view.together(attention, block)
      try expect(k.site, toRead: normed, block + ".norm1")
      try take(sites, rows: 0..<1, of: 3, as: block + ".attn.q")
      try take(sites, rows: 1..<3, of: 3, as: block + ".attn.kv")
      try takeBiases([q], as: block + ".attn.q")
      try takeBiases([k, v], as: block + ".attn.kv")
      return
    }
    guard [q, k, v].allSatisfy({ $0.bias == nil }) else {
      throw view.unexpected(q.site.output, expected: "\(block)'s biases in its layers")
    }
    try take(q.site, as: block + ".attn.q")
    let source = try reduction(k.site, normed, block)
    try expect(k.site, toRead: source, block + ".attn's keys and values")
    try expect(v.site, toRead: source, block + ".attn's keys and values")
    if k.site.node == v.site.node, [k.part, v.part] == [0, 1], k.parts == 2 {
      try take(k.site, as: block + ".attn.kv")
    } else if k.part == nil, v.part == nil, k.site.node != v.site.node, q.part == nil {
      try take([k.site, v.site], as: block + ".attn.kv")
    } else {
      throw view.unexpected(v.site.output, expected: "\(block)'s key and value, in this order")
    }
  }

  /// Takes the biases that are added to each part of one layer's channels.
  mutating func takeBiases(_ operands: [AttentionOperand], as module: String) throws {
    let biases = operands.compactMap(\.bias?.tensor)
    guard let first = biases.first else { return }
    guard biases.count == operands.count, biases.allSatisfy({ $0.dtype == first.dtype }) else {
      throw view.unexpected(operands[0].site.output, expected: "\(module)'s biases, of all parts or none")
    }
    try take(
      RecoveredTensor(
        module + ".bias", dtype: first.dtype, shape: [biases.reduce(0) { $0 + $1.count }],
        pieces: biases.map { .init(tensor: $0.name, elements: $0.count) }))
  }

  /// What keys and values are computed from: the norm's result, or its reduction.
  private mutating func reduction(_ key: ProductSite, _ normed: String, _ block: String) throws -> String {
    let source = view.root(view.input(key))
    if source == normed { return source }
    for (input, norms) in view.norms {
      guard let norm = norms.first, view.root(norm.output) == source, norms.count == 1 else { continue }
      guard let convolution = view.product(input), view.isConvolution(convolution) else { break }
      try expect(convolution, toRead: normed, block + ".norm1")
      try expect(norm, of: convolution.output, block + ".attn.reduction_norm")
      try take(convolution, as: block + ".attn.reduction", isLinear: false)
      try take(norm, as: block + ".attn.reduction_norm")
      return source
    }
    throw view.unexpected(source, expected: "\(block).norm1, or its reduction by a convolution and a norm")
  }
}
