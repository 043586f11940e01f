#if !MIST_LAE_ALONE
  /// A readout ready to run.
  enum ReadoutPart<K: EdgeKernels> {
    case pooled(PooledReadout<K>)
    case attentive(AttentiveReadout<K>)
    case concat(ConcatReadout)
    case dense(DenseReadout<K>)

    init(_ shape: NetworkShape, _ table: ParameterTable, _ streams: [ResidualStream<K>]) {
      switch shape.readout {
      case .pooled(.concat): self = .concat(ConcatReadout(shape, table))
      case .pooled(.attentive(let own)):
        self = .attentive(AttentiveReadout(shape, own, table, streams[0]))
      case .pooled: self = .pooled(PooledReadout(shape, table, streams[streams.count - 1]))
      case .dense(let dense): self = .dense(DenseReadout(shape, dense, table, streams))
      }
    }

    func prepare(_ parameters: UnsafePointer<Float>) {
      switch self {
      case .pooled(let readout): readout.prepare(parameters)
      case .attentive(let readout): readout.prepare(parameters)
      case .concat(let readout): readout.prepare(parameters)
      case .dense(let readout): readout.prepare(parameters)
      }
    }

    /// Runs the streams over `t` tokens (whole maps, if it is a dense readout) and writes the logits.
    func forward(
      _ t: Int, _ s: [StreamScratch], _ own: ReadoutScratch, _ masks: DropoutMasks,
      into logits: UnsafeMutablePointer<Float>
    ) {
      switch (self, own) {
      case (.pooled(let readout), .pooled(let own)):
        readout.forward(t, s[s.count - 1], own, masks, into: logits)
      case (.attentive(let readout), .attentive(let own)): readout.forward(t, s[0], own, masks, into: logits)
      case (.concat(let readout), .concat): readout.forward(s, masks, into: logits)
      case (.dense(let readout), .dense(let own)): readout.forward(s, own, masks, into: logits)
      default: preconditionFailure("the scratch memory was made for another readout")
      }
    }

    /// From dL/dlogits to the gradients of everything.
    func backward(
      _ dLogits: UnsafePointer<Float>, _ t: Int, _ s: [StreamScratch], _ own: ReadoutScratch,
      _ masks: DropoutMasks, _ g: NetworkGradient
    ) {
      let last = s.count - 1
      switch (self, own) {
      case (.pooled(let readout), .pooled(let own)):
        readout.backward(dLogits, t, s[last], own, masks, g.streams[last], g.readout)
      case (.attentive(let readout), .attentive(let own)):
        readout.backward(dLogits, t, s[0], own, masks, g.streams[0], g.readout)
      case (.concat(let readout), .concat): readout.backward(dLogits, s, g.readout)
      case (.dense(let readout), .dense(let own)):
        readout.backward(dLogits, s, own, masks, g.streams, g.readout)
      default: preconditionFailure("the scratch memory was made for another readout")
      }
    }

    /// Puts the gradients of its own parameters in place, after the streams have put theirs.
    func unfold(_ own: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>) {
      switch self {
      case .pooled(let readout): readout.unfold(own, into: gradient)
      case .attentive(let readout): readout.unfold(own, into: gradient)
      case .concat(let readout): readout.unfold(own, into: gradient)
      case .dense(let readout): readout.unfold(own, into: gradient)
      }
    }
  }

  /// A readout's memory of one pass.
  enum ReadoutScratch {
    case pooled(PooledScratch)
    case attentive(AttentiveScratch)
    /// The streams' inputs are all it takes.
    case concat
    case dense(DenseScratch)

    init(_ shape: NetworkShape, tokens: Int, training: Bool) {
      switch shape.readout {
      case .pooled(.concat): self = .concat
      case .pooled(.attentive(let own)):
        self = .attentive(AttentiveScratch(shape.stream(0), own, tokens: tokens, training: training))
      case .pooled(let pooling):
        self = .pooled(
          PooledScratch(
            shape.stream(shape.streams.count - 1), mean: pooling == .mean, tokens: tokens, training: training)
        )
      case .dense(let dense): self = .dense(DenseScratch(shape, dense, training: training))
      }
    }
  }
#endif
