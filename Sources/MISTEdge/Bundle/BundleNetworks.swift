extension EdgeBundle {
  /// The classification head ready to run; `shape` is the one in `head`.
  public func makeNetwork<K: EdgeKernels>(_ shape: HeadShape, _ kernels: K.Type = K.self) -> HeadNetwork<K> {
    let network = HeadNetwork<K>(shape)
    precondition(network.layout.count == weights.count)
    weights.withParameters { network.prepare($0) }
    return network
  }
}

extension BundleGolden {
  /// Logits `[classes]` of the golden input, written to `logits`, and how far they are from the expected ones.
  public func run<K: EdgeKernels>(
    on network: HeadNetwork<K>, scratch: HeadScratch, into logits: UnsafeMutablePointer<Float>
  ) -> GoldenResult {
    expandInput(into: scratch.input)
    network.forward(tokens: tokens, scratch: scratch, into: logits)
    var result = GoldenResult(tolerance: tolerance)
    for i in 0..<network.shape.classes { result.compare(logits[i], to: expected(i)) }
    return result
  }
}
