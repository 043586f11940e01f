#if !MIST_WITHOUT_TRANSFORMERS
  /// Transformer blocks ready to run, beside a backbone (LST) or as its last one (Partial-1), and the classifier of the class token.
  ///
  /// LST: `h_0 = D_0 F_0`, `h_i = block_i(μ_i h_{i−1} + (1 − μ_i) D_i F_i)` with `μ_i = sigmoid(α_i)`; LayerNorm, a projection up to the
  /// inputs' channels, classifier. Partial-1: `h_1 = block_1(F)`; LayerNorm, classifier. Of the last block one row is computed.
  final class SideNetwork<K: EdgeKernels> {
    let shape: NetworkShape
    let blocks: [TransformerBlock<K>]
    /// D_i, one per input; empty without a ladder.
    let downs: [FoldedLinear<K>]
    /// Place of α_i, i ≥ 1, among the parameters.
    let mixes: [Int]
    let end: SideEnd<K>
    /// The parameters of `downs`, and μ_i.
    private let downParameters: FloatBuffer
    private let shares: FloatBuffer

    /// A network whose weights are zero until `prepare`.
    init(_ shape: NetworkShape, _ table: ParameterTable, _ block: TransformerShape) {
      let (inputs, isLadder) = (shape.streams.count, shape.body.isLadder)
      let numbers = isLadder ? 1..<inputs : 0..<1
      self.shape = shape
      blocks = numbers.map { TransformerBlock(block, table, block: $0, epsilon: shape.epsilon) }
      downs =
        isLadder
        ? (0..<inputs).map { FoldedLinear(table, .down, .downBias, stream: $0, base: 0) } : []
      mixes = isLadder ? numbers.map { table.range(.mix, block: $0).lowerBound } : []
      downParameters = FloatBuffer(isLadder ? table.range(.downBias, stream: inputs - 1).upperBound : 0)
      shares = FloatBuffer(mixes.count)
      end = SideEnd(shape, table, block.width)
    }

    /// Folds the network's `parameters`. They are not kept.
    func prepare(_ parameters: UnsafePointer<Float>) {
      for down in downs { down.fold(parameters, into: downParameters.pointer) }
      for i in 0..<mixes.count { shares.pointer[i] = 1 / (1 + exponential(-parameters[mixes[i]])) }
      for block in blocks { block.prepare(parameters) }
      end.prepare(parameters)
    }

    /// Runs over `t` tokens and writes logits `[classes]`.
    func forward(
      _ t: Int, _ s: SideScratch, _ masks: DropoutMasks, into logits: UnsafeMutablePointer<Float>
    ) {
      let count = t * s.width
      let h = s.state
      if let first = downs.first { first.forward(t, s.inputs[0], downParameters.pointer, into: h) }
      for i in 0..<blocks.count {
        if !downs.isEmpty {
          let (down, difference) = (s.down.pointer, s.difference(i))
          downs[i + 1].forward(t, s.inputs[i + 1], downParameters.pointer, into: down)
          for x in 0..<count {
            difference[x] = h[x] - down[x]
            h[x] = down[x] + shares.pointer[i] * difference[x]
          }
        }
        if i < blocks.count - 1 {
          blocks[i].forward(t, h, s.blocks[i])
        } else {
          blocks[i].classToken(t, h, s.blocks[i], into: s.end.vector.pointer)
        }
      }
      end.forward(s.end, masks, into: logits)
    }

    /// From dL/dlogits to the gradients `g` with respect to folded parameters.
    func backward(
      _ dLogits: UnsafePointer<Float>, _ t: Int, _ s: SideScratch, _ masks: DropoutMasks,
      _ g: UnsafeMutablePointer<Float>
    ) {
      end.backward(dLogits, s.end, masks, g)
      let d = s.dState.pointer
      for i in stride(from: blocks.count - 1, through: 0, by: -1) {
        if i < blocks.count - 1 {
          blocks[i].backward(t, d, s.blocks[i], g)
        } else {
          blocks[i].classTokenBackward(
            t, s.state, s.end.dVector.pointer, s.blocks[i], g, into: downs.isEmpty ? nil : d)
        }
        guard !downs.isEmpty else { return }
        let share = shares.pointer[i]
        g[mixes[i]] += share * (1 - share) * dot(d, s.difference(i), t * s.width)
        backward(down: i + 1, t, factor: 1 - share, s, g)
        scale(d, by: share, t * s.width)
      }
      backward(down: 0, t, factor: 1, s, g)
    }

    private func backward(
      down i: Int, _ t: Int, factor: Float, _ s: SideScratch, _ g: UnsafeMutablePointer<Float>
    ) {
      downs[i].backward(
        t, s.dState.pointer, factor: factor, input: s.inputs[i], downParameters.pointer, g, into: nil)
    }

    /// Turns gradients of folded parameters into those of `parameters`, in place.
    func unfold(_ g: UnsafeMutablePointer<Float>, parameters: UnsafePointer<Float>) {
      for block in blocks { block.unfold(g, parameters: parameters) }
      end.unfold(g, parameters: parameters)
    }
  }
#endif
