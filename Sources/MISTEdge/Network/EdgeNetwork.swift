/// An edge network ready to run: its streams in the exact low-rank form (`ResidualStream`), and the readout of them.
///
/// `prepare` must not run while another thread uses the network; everything else only reads it.
public final class EdgeNetwork<K: EdgeKernels>: @unchecked Sendable {
  /// What it computes, and where its parameters lie.
  public let shape: NetworkShape
  public let table: ParameterTable
  private let streams: [ResidualStream<K>]
  private let readout: ReadoutPart<K>

  /// A network whose weights are zero until `prepare`.
  public init(_ shape: NetworkShape) {
    let table = ParameterTable(shape)
    var streams: [ResidualStream<K>] = []
    for i in 0..<shape.streams.count {
      streams.append(ResidualStream(shape.stream(i), StreamParameters(table, shape, stream: i)))
    }
    readout = ReadoutPart(shape, table, streams)
    self.streams = streams
    self.table = table
    self.shape = shape
  }

  /// Folds `parameters` (`table.count` floats in the table's order). They are not kept.
  public func prepare(_ parameters: UnsafePointer<Float>) {
    readout.prepare(parameters)
    for stream in streams { stream.prepare(parameters) }
  }

  /// Tokens that the network looks at, of `tokens` given: one where the class token is read and no block brings others into it.
  public func usedTokens(_ tokens: Int) -> Int {
    let mixes = shape.depth > 0 && shape.function.mixesTokens
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
    readout.forward(usedTokens(tokens ?? s.maximumTokens), s, masks, into: logits)
  }

  /// Adds one sample's gradients to `g`, given `dLogits` `[outputCount, classes]`. Must follow `forward` on the same scratch (made
  /// for training) with the same `tokens` and masks.
  public func backward(
    tokens: Int? = nil, dLogits: UnsafePointer<Float>, masks: DropoutMasks = DropoutMasks(),
    scratch s: NetworkScratch, into g: NetworkGradient
  ) {
    readout.backward(dLogits, usedTokens(tokens ?? s.maximumTokens), s, masks, g)
  }

  /// Turns summed gradients of the folded weights into gradients of the parameters `[table.count]`, overwriting
  /// `gradient`. `parameters` are those of the last `prepare`. `g` is used as scratch memory and holds nothing after.
  public func unfold(
    _ g: NetworkGradient, parameters: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<streams.count {
      streams[i].unfold(g.streams[i], parameters: parameters, into: gradient)
    }
    readout.unfold(g.readout, into: gradient)
  }
}
