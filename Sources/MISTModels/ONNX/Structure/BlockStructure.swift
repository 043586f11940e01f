import MISTFormats

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
  private func branch(at x: String, _ place: String) throws -> (sum: String, layer: ProductSite, scale: GraphIndex.Constant?)? {
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
  mutating func attentionHalf(_ x: String, _ block: String, isReduced: Bool) throws -> String? {
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
      let nodes = Set([q, k, v].map(\.site.node))
      if nodes.count == 1, [q.part, k.part, v.part] == [0, 1, 2], q.parts == 3 {
        try take(q.site, as: block + ".attn.qkv")
      } else if nodes.count == 3, [q, k, v].allSatisfy({ $0.part == nil }) {
        try take([q.site, k.site, v.site], as: block + ".attn.qkv")
      } else {
        throw view.unexpected(v.site.output, expected: "\(block)'s query, key and value, in this order")
      }
      if let bias = attention.bias { try take(bias, as: block + ".attn.qkv.bias") }
    }
    try noteAttention(attention, block)
    try take(layer, as: block + ".attn.proj")
    if let scale { try take(scale, as: block + ".ls1", shape: [scale.tensor.count]) }
    return sum
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
    if let first = hints.attentionScale, let scale = attention.scale, convolution.isOverlapping(in: graph) == false,
      abs(scale / first - 1) > GraphHints.attentionScaleTolerance
    {
      throw view.unexpected(
        attention.query.site.output, expected: "an attention scale of \(first) as in the blocks before",
        found: "\(scale) in \(block)")
    }
    hints.heads = hints.heads ?? attention.heads
    hints.attentionScale = hints.attentionScale ?? attention.scale
  }

  /// The MLP half; returns the stream after it.
  mutating func mlpHalf(_ x: String, _ block: String, isMix: Bool) throws -> String {
    guard let (sum, layer, scale) = try branch(at: x, block + ".mlp") else {
      throw view.unexpected(x, expected: "\(block)'s MLP after its attention", found: "the end of the residual stream")
    }
    let norm = try norm(of: x, block + ".norm2")
    try take(norm, as: block + ".norm2")
    let normed = view.root(norm.output)
    let entered = view.root(view.input(layer))
    guard let function = Elementwise(entered, in: view) else {
      throw view.unexpected(entered, expected: "\(block)'s activation, a GELU or a gated SiLU")
    }
    switch function.kind {
    case .activation(let activation):
      try noteActivation(activation, entered)
      var inner = function.inputs[0]
      if isMix {
        guard let depthwise = view.product(inner), view.isConvolution(depthwise) else {
          throw view.unexpected(inner, expected: "\(block)'s depthwise convolution before its activation")
        }
        try take(depthwise, as: block + ".mlp.dwconv", isLinear: false)
        inner = view.root(view.input(depthwise))
      }
      guard let first = view.product(inner) else {
        throw view.unexpected(inner, expected: "\(block)'s first linear layer of the MLP")
      }
      try expect(first, toRead: normed, block + ".norm2")
      try take(first, as: block + ".mlp.fc1")
    case .gated:
      try noteActivation(.silu, entered)
      try gate(function.inputs, normed, block)
    }
    try take(layer, as: block + ".mlp.fc2")
    if let scale { try take(scale, as: block + ".ls2", shape: [scale.tensor.count]) }
    return sum
  }

  /// Gate and value of a gated MLP: two layers, or the halves of one.
  private mutating func gate(_ inputs: [String], _ normed: String, _ block: String) throws {
    if let gate = view.product(inputs[0]), let value = view.product(inputs[1]) {
      try expect(gate, toRead: normed, block + ".norm2")
      try expect(value, toRead: normed, block + ".norm2")
      try take([gate, value], as: block + ".mlp.fc1")
      return
    }
    if let whole = halved(inputs) {
      try expect(whole, toRead: normed, block + ".norm2")
      try take(whole, as: block + ".mlp.fc1")
      return
    }
    let halves = try inputs.map { try view.operand($0, "a half of the gated MLP") }
    guard halves[0].site.node == halves[1].site.node, halves.map(\.part) == [0, 1], halves[0].parts == 2 else {
      throw view.unexpected(inputs[0], expected: "\(block)'s gate and value, in this order")
    }
    try expect(halves[0].site, toRead: normed, block + ".norm2")
    try take(halves[0].site, as: block + ".mlp.fc1")
  }

  /// The layer whose channels two Slices divide, the first from 0 to where the second begins.
  private func halved(_ inputs: [String]) -> ProductSite? {
    let slices = inputs.compactMap { view.node($0) }.filter { $0.opType == "Slice" && $0.inputs.count > 3 }
    guard slices.count == 2, view.root(slices[0].inputs[0]) == view.root(slices[1].inputs[0]),
      slices.allSatisfy({ [[-1], [2]].contains(graph.ints($0.inputs[3])) }), graph.ints(slices[0].inputs[1]) == [0]
    else { return nil }
    let (end, start) = (slices[0].inputs[2], slices[1].inputs[1])
    guard view.root(end) == view.root(start) || graph.ints(end).map({ $0 == graph.ints(start) }) == true else {
      return nil
    }
    return view.product(slices[0].inputs[0])
  }

  private mutating func noteActivation(_ activation: GraphHints.Activation, _ value: String) throws {
    if let first = hints.activation, first != activation {
      throw view.unexpected(
        value, expected: "\(first.rawValue) as in the blocks before", found: activation.rawValue)
    }
    hints.activation = activation
  }

  func expect(_ site: ProductSite, toRead value: String, _ what: String) throws {
    let read = view.root(view.input(site))
    guard read == value else {
      throw view.unexpected(site.output, expected: "a product that reads \(what)", found: "one that reads \(view.describe(read))")
    }
  }
}
