#if !MIST_WITHOUT_TRANSFORMERS
  /// The memory of a side network's pass.
  final class SideScratch {
    let width: Int
    /// The inputs `[T, C]`.
    let inputs: [UnsafeMutablePointer<Float>]
    /// The tokens that the next block reads `[T, w]`: an only input itself.
    let state: UnsafeMutablePointer<Float>
    /// One input, projected down `[T, w]`.
    let down: FloatBuffer
    /// One per block, the same for all unless training.
    let blocks: [TransformerScratch]
    let end: SideEndScratch
    /// dL/d(state); empty unless training a ladder.
    let dState: FloatBuffer

    private let buffers: [FloatBuffer]
    /// h_{i−1} − D_i F_i of every block `[T, w]`, or of one.
    private let differences: FloatBuffer
    private let differenceStride: Int

    /// For `t` tokens.
    init(_ shape: NetworkShape, _ block: TransformerShape, tokens t: Int, training: Bool) {
      let isLadder = shape.body.isLadder
      let (w, count) = (block.width, isLadder ? shape.streams.count - 1 : 1)
      let rows = isLadder ? t * w : 0
      width = w
      var buffers = shape.streams.map { FloatBuffer(t * $0.channels) }
      inputs = buffers.map { $0.pointer }
      if isLadder { buffers.append(FloatBuffer(rows)) }
      // An only input is the state.
      state = buffers[buffers.count - 1].pointer
      self.buffers = buffers
      down = FloatBuffer(rows)
      dState = FloatBuffer(training ? rows : 0)
      differences = FloatBuffer(training ? rows * count : rows)
      differenceStride = training ? rows : 0
      let workspace = TransformerWorkspace(block, tokens: t, hasTokens: count > 1, training: training)
      let shared =
        count > 1 && !training ? TransformerScratch(block, tokens: t, isClassToken: false, workspace) : nil
      blocks = (0..<count).map { i in
        let isLast = i == count - 1
        if let shared, !isLast { return shared }
        return TransformerScratch(block, tokens: t, isClassToken: isLast, workspace)
      }
      end = SideEndScratch(shape, w, training: training)
    }

    /// That of block `i`.
    func difference(_ i: Int) -> UnsafeMutablePointer<Float> { differences.pointer + i * differenceStride }
  }
#endif
