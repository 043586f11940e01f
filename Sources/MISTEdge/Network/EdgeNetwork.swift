/// An edge network ready to run: residual streams in the exact low-rank form (`ResidualStream`) and the readout of them, or a side
/// network of transformer blocks.
///
/// `prepare` must not run while another thread uses the network; everything else only reads it.
public final class EdgeNetwork<K: EdgeKernels>: @unchecked Sendable {
  /// What it computes, and where its parameters lie.
  public let shape: NetworkShape
  public let table: ParameterTable
  private let body: Contents

  private enum Contents {
    case streams([ResidualStream<K>], ReadoutPart<K>)
    case injected(InjectedStreams<K>, ReadoutPart<K>)
    case side(SideNetwork<K>)
  }

  /// A network whose weights are zero until `prepare`.
  public convenience init(_ shape: NetworkShape) { self.init(shape, ParameterTable(shape)) }

  /// The same, of whose parameters there is a table: sizes of streams do not change it. With `integers` it multiplies integers, which
  /// `shape.takesIntegers` must allow, in scratch memory of the same kind.
  package init(_ shape: NetworkShape, _ table: ParameterTable, integers: Bool = false) {
    if let block = shape.body.transformer {
      body = .side(SideNetwork(shape, table, block))
    } else {
      var streams: [ResidualStream<K>] = []
      for i in 0..<shape.streams.count {
        streams.append(
          ResidualStream(shape.stream(i), StreamParameters(table, shape, stream: i), integers: integers))
      }
      let readout = ReadoutPart(shape, table, streams)
      body =
        shape.body == .injected
        ? .injected(InjectedStreams(streams: streams), readout) : .streams(streams, readout)
    }
    self.table = table
    self.shape = shape
  }

  /// Folds `parameters` (`table.count` floats in the table's order). They are not kept.
  public func prepare(_ parameters: UnsafePointer<Float>) { prepare(parameters, parts: inTurn) }

  /// The same, with `parts` to run what may run at a time. The result does not depend on it.
  package func prepare(_ parameters: UnsafePointer<Float>, parts: Parts) {
    switch body {
    case .streams(let streams, let readout): prepare(streams, readout, parameters, parts)
    case .injected(let injected, let readout): prepare(injected.streams, readout, parameters, parts)
    case .side(let network): network.prepare(parameters)
    }
  }

  /// Folds a bundle's weights, block by block, into integers.
  package func prepareIntegers(_ weights: BundleWeights) {
    guard case .streams(let streams, .pooled(let readout)) = body else {
      preconditionFailure("the network takes no integers")
    }
    readout.prepare(weights)
    for stream in streams { stream.prepareIntegers(weights) }
  }

  /// Takes the memory that this takes, and nothing else.
  package func reserveIntegers() {
    guard case .streams(let streams, .pooled(let readout)) = body else { return }
    readout.reserve()
    for stream in streams { _ = IntegerFolding<K>(stream.shape) }
  }

  private func prepare(
    _ streams: [ResidualStream<K>], _ readout: ReadoutPart<K>, _ parameters: UnsafePointer<Float>,
    _ parts: Parts
  ) {
    readout.prepare(parameters)
    for stream in streams { stream.prepare(parameters, parts) }
  }

  /// Tokens that the network looks at, of `tokens` given: one where the class token is read and no block brings others into it.
  public func usedTokens(_ tokens: Int) -> Int {
    let mixes = shape.body != .streams || shape.depth > 0 && shape.function.mixesTokens
    return !mixes && shape.readout.readsFirstToken ? 1 : tokens
  }

  /// Logits `[outputCount, classes]` of the features in `scratch.inputs`, which are overwritten.
  ///
  /// - Parameters:
  ///   - tokens: 1 … `scratch.maximumTokens`, all unless told: of a pooled readout any subset of the tokens may be given; with
  ///     class-token pooling the class token is the first. A dense readout reads whole maps.
  ///   - masks: Factors of dropout.
  public func forward(
    tokens: Int? = nil, scratch s: NetworkScratch, masks: DropoutMasks = DropoutMasks(),
    into logits: UnsafeMutablePointer<Float>
  ) {
    let t = usedTokens(tokens ?? s.maximumTokens)
    switch (body, s.memory) {
    case (.streams(_, let readout), .streams(let streams, let own)):
      readout.forward(t, streams, own, masks, into: logits)
    case (.injected(let injected, let readout), .streams(let streams, let own)):
      injected.forward(t, streams)
      readout.forward(t, streams, own, masks, into: logits)
    case (.side(let network), .side(let own)): network.forward(t, own, masks, into: logits)
    default: preconditionFailure("the scratch memory was made for another body")
    }
  }

  /// Adds one sample's gradients to `g`, given `dLogits` `[outputCount, classes]`. Must follow `forward` on the same scratch (made
  /// for training) with the same `tokens` and masks.
  public func backward(
    tokens: Int? = nil, dLogits: UnsafePointer<Float>, masks: DropoutMasks = DropoutMasks(),
    scratch s: NetworkScratch, into g: NetworkGradient
  ) {
    let t = usedTokens(tokens ?? s.maximumTokens)
    switch (body, s.memory) {
    case (.streams(_, let readout), .streams(let streams, let own)):
      readout.backward(dLogits, t, streams, own, masks, g)
    case (.injected(let injected, let readout), .streams(let streams, let own)):
      readout.backward(dLogits, t, streams, own, masks, g)
      injected.backward(t, streams, g.streams)
    case (.side(let network), .side(let own)):
      network.backward(dLogits, t, own, masks, g.buffer.pointer)
    default: preconditionFailure("the scratch memory was made for another body")
    }
  }

  /// Turns summed gradients of the folded weights into gradients of the parameters `[table.count]`, overwriting
  /// `gradient`. `parameters` are those of the last `prepare`. `g` is used as scratch memory and holds nothing after.
  public func unfold(
    _ g: NetworkGradient, parameters: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>
  ) { unfold(g, parameters: parameters, into: gradient, parts: inTurn) }

  /// The same, with `parts` to run what may run at a time. The result does not depend on it.
  package func unfold(
    _ g: NetworkGradient, parameters: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>,
    parts: Parts
  ) {
    switch body {
    case .streams(let streams, let readout): unfold(streams, readout, g, parameters, gradient, parts)
    case .injected(let injected, let readout):
      unfold(injected.streams, readout, g, parameters, gradient, parts)
    case .side(let network):
      network.unfold(g.buffer.pointer, parameters: parameters)
      gradient.update(from: g.buffer.pointer, count: table.count)
    }
  }

  private func unfold(
    _ streams: [ResidualStream<K>], _ readout: ReadoutPart<K>, _ g: NetworkGradient,
    _ parameters: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>, _ parts: Parts
  ) {
    for i in 0..<streams.count {
      streams[i].unfold(g.streams[i], parameters: parameters, into: gradient, parts)
    }
    readout.unfold(g.readout, into: gradient)
  }

  /// The same without a second buffer, where sums have the parameters' layout (`NetworkShape.sumsParameters`): the gradients are then in `g`
  /// itself. Nil where they have not.
  public func unfoldInPlace(
    _ g: NetworkGradient, parameters: UnsafePointer<Float>
  ) -> UnsafeMutablePointer<Float>? {
    guard case .side(let network) = body else { return nil }
    network.unfold(g.buffer.pointer, parameters: parameters)
    return g.buffer.pointer
  }
}
