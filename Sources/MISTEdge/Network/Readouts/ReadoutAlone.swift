// A runtime of LAE and linear heads alone has one readout, of one stream.
#if MIST_LAE_ALONE
  enum ReadoutPart<K: EdgeKernels> {
    case pooled(PooledReadout<K>)

    init(_ shape: NetworkShape, _ table: ParameterTable, _ streams: [ResidualStream<K>]) {
      self = .pooled(PooledReadout(shape, table, streams[0]))
    }

    private var readout: PooledReadout<K> {
      switch self {
      case .pooled(let readout): readout
      }
    }

    func prepare(_ parameters: UnsafePointer<Float>) { readout.prepare(parameters) }

    func forward(
      _ t: Int, _ s: [StreamScratch], _ own: ReadoutScratch, _ masks: DropoutMasks,
      into logits: UnsafeMutablePointer<Float>
    ) {
      readout.forward(t, s[0], own.scratch, masks, into: logits)
    }

    func backward(
      _ dLogits: UnsafePointer<Float>, _ t: Int, _ s: [StreamScratch], _ own: ReadoutScratch,
      _ masks: DropoutMasks, _ g: NetworkGradient
    ) {
      readout.backward(dLogits, t, s[0], own.scratch, masks, g.streams[0], g.readout)
    }

    func unfold(_ own: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>) {
      readout.unfold(own, into: gradient)
    }
  }

  struct ReadoutScratch {
    let scratch: PooledScratch

    init(_ shape: NetworkShape, tokens: Int, training: Bool) {
      scratch = PooledScratch(
        shape.stream(0), mean: shape.pooling == .mean, tokens: tokens, training: training)
    }
  }
#endif
