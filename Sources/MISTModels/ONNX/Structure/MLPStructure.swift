import MISTFormats

/// The MLP half of a transformer block.
extension StructureRecovery {
  /// The MLP half; returns the stream after it.
  mutating func mlpHalf(_ x: String, _ block: String, channels: Int, isMix: Bool) throws -> String {
    guard let branch = try branch(at: x, block + ".mlp", channels: channels) else {
      throw view.unexpected(
        x, expected: "\(block)'s MLP after its attention", found: "the end of the residual stream")
    }
    let entered = view.root(view.input(branch.layer))
    guard let function = Elementwise(entered, in: view) else {
      throw view.unexpected(entered, expected: "\(block)'s activation, a GELU or a gated SiLU")
    }
    let width = branch.layer.columns ?? 0
    switch function.kind {
    case .activation(let activation):
      try noteActivation(activation, entered)
      try expectSame(function, entered, width)
      let inner = view.root(function.inputs[0])
      guard let last = view.product(inner), last.output == inner, view.isConvolution(last) == isMix else {
        throw view.unexpected(
          inner,
          expected: isMix
            ? "\(block)'s depthwise convolution before its activation"
            : "\(block)'s first linear layer of the MLP")
      }
      guard isMix else {
        try takeFirst([last], x, block)
        break
      }
      let before = view.root(view.input(last))
      guard let first = view.product(before), first.output == before else {
        throw view.unexpected(before, expected: "\(block)'s first linear layer of the MLP")
      }
      try takeFirst([first], x, block)
      try expect(last, toRead: before, "\(block)'s first linear layer")
      try take(last, as: block + ".mlp.dwconv", isLinear: false)
    case .gated:
      try noteActivation(.silu, entered)
      try takeFirst(gate(function, entered, width, block), x, block)
    }
    try expect(branch.layer, toRead: entered, "\(block)'s activation")
    try take(branch.layer, as: block + ".mlp.fc2")
    if let scale = branch.scale { try take(scale, as: block + ".ls2", shape: [scale.tensor.count]) }
    return branch.sum
  }

  /// Takes the norm of `x` and the layers that read it.
  private mutating func takeFirst(_ sites: [ProductSite], _ x: String, _ block: String) throws {
    let norm = try norm(of: x, block + ".norm2", readBy: sites.first)
    try take(norm, as: block + ".norm2")
    for site in sites { try expect(site, toRead: view.root(norm.output), block + ".norm2") }
    try take(sites, as: block + ".mlp.fc1")
  }

  /// Throws unless the inputs of a function lie like each other; its result then lies so too.
  private mutating func expectSame(_ function: Elementwise, _ result: String, _ width: Int) throws {
    let lying = function.inputs.map { arrangement(of: $0, channels: width) }
    let both = lying.dropFirst().reduce(lying[0]) { $0.intersection($1) }
    guard !both.isEmpty,
      function.inputs.allSatisfy({ view.layout.shapes[$0] == view.layout.shapes[result] })
    else { throw view.unexpected(result, expected: "an activation of each channel of each token") }
    arranged[result] = both
  }

  /// Gate and value of a gated MLP: two layers, or the halves of one.
  private mutating func gate(
    _ function: Elementwise, _ result: String, _ width: Int, _ block: String
  ) throws -> [ProductSite] {
    let sites = function.inputs.compactMap { view.product($0) }
    if sites.count == 2, zip(sites, function.inputs).allSatisfy({ $0.output == view.root($1) }) {
      try expectSame(function, result, width)
      return sites
    }
    // One image of all tokens, and one head as wide as the MLP: the halves are whole parts of the layer's channels.
    let halves = try function.inputs.map {
      try view.operand($0, "a half of the gated MLP", .tokens(heads: 1), batch: 1)
    }
    guard halves[0].site.node == halves[1].site.node, halves.map(\.part) == [0, 1], halves[0].parts == 2,
      halves.allSatisfy({ $0.factor == 1 && $0.rotation == nil }),
      function.inputs.allSatisfy({ view.layout.shapes[$0] == view.layout.shapes[result] })
    else {
      throw view.unexpected(function.inputs[0], expected: "\(block)'s gate and value, in this order")
    }
    arranged[result] = .tokens
    return [halves[0].site]
  }

  private mutating func noteActivation(_ activation: GraphHints.Activation, _ value: String) throws {
    if let first = hints.activation, first != activation {
      throw view.unexpected(
        value, expected: "\(first.rawValue) as in the blocks before", found: activation.rawValue)
    }
    hints.activation = activation
  }
}
