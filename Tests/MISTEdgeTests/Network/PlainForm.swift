@testable import MISTEdge

/// What a network gives for one sample, and the derivatives of a plain form in double precision to hold beside it.
enum PlainForm {
  /// Logits, and the gradients of all parameters for the loss `logits · direction`.
  ///
  /// - Parameters:
  ///   - inputs: Features of every stream.
  ///   - mask: Factors on what the classifier reads; nil for none.
  ///   - attention: Factors on the readout's attention; nil for none.
  static func network(
    _ shape: NetworkShape, _ parameters: [Float], inputs: [[Float]], direction: [Float], mask: [Float]? = nil,
    attention: [Float]? = nil
  ) -> (logits: [Float], gradient: [Float]) {
    let network = EdgeNetwork<PortableKernels>(shape)
    let scratch = NetworkScratch(shape, training: true)
    let sums = NetworkGradient(shape)
    network.prepare(parameters)
    var logits = [Float](repeating: .nan, count: shape.classes)
    var gradient = [Float](repeating: .nan, count: parameters.count)
    // The second time finds the scratch and the sums as the first left them.
    for _ in 0..<2 {
      for (input, values) in zip(scratch.inputs, inputs) { input.update(from: values, count: values.count) }
      (mask ?? []).withUnsafeBufferPointer { onInput in
        (attention ?? []).withUnsafeBufferPointer { onAttention in
          let masks = DropoutMasks(
            classifierInput: mask == nil ? nil : onInput.baseAddress,
            attention: attention == nil ? nil : onAttention.baseAddress)
          network.forward(scratch: scratch, masks: masks, into: &logits)
          network.backward(dLogits: direction, masks: masks, scratch: scratch, into: sums)
        }
      }
      network.unfold(sums, parameters: parameters, into: &gradient)
      sums.clear()
    }
    return (logits, gradient)
  }

  /// Derivatives of `logits(p) · direction` by every one of `p`.
  static func derivatives(
    _ p: [Double], direction: [Float], of logits: ([Double]) -> [Double]
  ) -> [Double] {
    p.indices.map { i in
      func loss(_ step: Double) -> Double {
        var changed = p
        changed[i] += step
        return zip(logits(changed), direction).reduce(0) { $0 + $1.0 * Double($1.1) }
      }
      return (loss(1e-5) - loss(-1e-5)) / 2e-5
    }
  }
}
