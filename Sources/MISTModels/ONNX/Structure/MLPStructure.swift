import MISTFormats

/// The MLP half of a transformer block.
extension StructureRecovery {
  /// The MLP half; returns the stream after it.
  mutating func mlpHalf(_ x: String, _ block: String, isMix: Bool) throws -> String {
    guard let (sum, layer, scale) = try branch(at: x, block + ".mlp") else {
      throw view.unexpected(
        x, expected: "\(block)'s MLP after its attention", found: "the end of the residual stream")
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
    guard halves[0].site.node == halves[1].site.node, halves.map(\.part) == [0, 1], halves[0].parts == 2
    else {
      throw view.unexpected(inputs[0], expected: "\(block)'s gate and value, in this order")
    }
    try expect(halves[0].site, toRead: normed, block + ".norm2")
    try take(halves[0].site, as: block + ".mlp.fc1")
  }

  /// The layer whose channels two Slices divide, the first from 0 to where the second begins.
  private func halved(_ inputs: [String]) -> ProductSite? {
    let slices = inputs.compactMap { view.node($0) }.filter { $0.opType == "Slice" && $0.inputs.count > 3 }
    guard slices.count == 2, view.root(slices[0].inputs[0]) == view.root(slices[1].inputs[0]),
      slices.allSatisfy({ [[-1], [2]].contains(graph.ints($0.inputs[3])) }),
      graph.ints(slices[0].inputs[1]) == [0]
    else { return nil }
    let (end, start) = (slices[0].inputs[2], slices[1].inputs[1])
    guard view.root(end) == view.root(start) || graph.ints(end).map({ $0 == graph.ints(start) }) == true
    else {
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
}
