/// What a step of training does to a head: gradients of samples summed in lanes, then AdamW on the parameters. Who owns it reads samples, says
/// their loss, and has the threads.
///
/// A batch is dealt to the lanes in a fixed order and these are added in a fixed order, so the result does not depend on threads. Lanes
/// are for one thread each at a time.
package final class TrainingStep<K: EdgeKernels>: @unchecked Sendable {
  package let network: EdgeNetwork<K>
  package let lanes: [GradientLane]
  /// In the order of the network's table.
  package let parameters: FloatBuffer
  package let optimiser: AdamW
  /// Empty where the lanes' sums are the parameters' gradients themselves.
  private let gradient: FloatBuffer

  /// Of a network of `shape`, from these parameters on. `lanes`: nil for as many as several threads are dealt.
  /// `isPrepared`: false where the parameters come later; the network is to be prepared with them then.
  package init(
    _ shape: NetworkShape, _ parameters: FloatBuffer, lanes: Int? = nil, isPrepared: Bool = true
  ) {
    network = EdgeNetwork(shape)
    if isPrepared { network.prepare(parameters.pointer) }
    self.parameters = parameters
    optimiser = AdamW(count: parameters.count)
    gradient = FloatBuffer(shape.sumsParameters ? 0 : parameters.count)
    self.lanes = (0..<(lanes ?? shape.gradientLanes)).map { _ in GradientLane(shape) }
  }

  /// Adds the gradients of the sample in `worker`'s scratch memory to a lane. `loss` makes its logits their own gradient.
  package func add(
    to lane: Int, _ worker: Worker, tokens: Int?, masks: DropoutMasks,
    loss: (UnsafeMutablePointer<Float>) -> (loss: Double, correct: Int)
  ) {
    let (lane, logits) = (lanes[lane], worker.logits.pointer)
    network.forward(tokens: tokens, scratch: worker.scratch, masks: masks, into: logits)
    let result = loss(logits)
    lane.loss += result.loss
    lane.correct += result.correct
    network.backward(
      tokens: tokens, dLogits: logits, masks: masks, scratch: worker.scratch, into: lane.gradient)
  }

  /// The gradients of the parameters that the lanes hold together, which hold nothing after; valid until the next call.
  package func sums(shares: Int = 1, parts: Parts = inTurn) -> UnsafePointer<Float> {
    lanes.reduce(shares: shares, parts: parts)
    let (values, sums) = (parameters.pointer, lanes[0].gradient)
    if let inPlace = network.unfoldInPlace(sums, parameters: values) { return UnsafePointer(inPlace) }
    network.unfold(sums, parameters: values, into: gradient.pointer, parts: parts)
    return UnsafePointer(gradient.pointer)
  }

  /// Moves the parameters by what the lanes hold, in as many shares as `shares`, which `parts` may work on at a time.
  package func apply(rate: Float, weightDecay: Float, shares: Int = 1, parts: Parts = inTurn) {
    let sums = sums(shares: shares, parts: parts)
    let (values, table) = (parameters.pointer, network.table)
    optimiser.advance()
    let share = (table.count + shares - 1) / shares
    parts(shares) { part in
      optimiser.update(
        K.self, values, gradient: sums, table,
        within: min(part * share, table.count)..<min((part + 1) * share, table.count), rate: rate,
        weightDecay: weightDecay)
    }
    network.prepare(values, parts: parts)
  }
}
