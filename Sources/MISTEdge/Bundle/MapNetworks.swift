extension EdgeBundle {
  /// The head on maps ready to run; `shape` is the one in `head`, or that of its golden pair.
  public func makeNetwork<K: EdgeKernels>(_ shape: MapHeadShape, _ kernels: K.Type = K.self)
    -> MapHeadNetwork<K>
  {
    let network = MapHeadNetwork<K>(shape)
    precondition(MapHeadLayout(shape).count == weights.count)
    weights.withParameters { network.prepare($0) }
    return network
  }
}

extension MapGolden {
  /// Logits `[H'·W', K]` of the golden maps, written to `logits`, and how far they are from the expected ones. Network and
  /// scratch are of this pair's shape.
  public func run<K: EdgeKernels>(
    on network: MapHeadNetwork<K>, scratch: MapHeadScratch, into logits: UnsafeMutablePointer<Float>
  ) -> GoldenResult {
    expandInput(into: scratch.inputs)
    network.forward(scratch: scratch, into: logits)
    return compare(logits)
  }
}
