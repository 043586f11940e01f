import MISTEdge

extension Worker {
  /// Reads a sample's feature into the scratch. Throws what reading throws.
  func read(_ features: any SplitFeatures, _ index: Int, _ feature: Feature) throws {
    for (input, size) in sizes.enumerated() {
      try features.read(
        index, feature, input: input, tokens: tokens,
        into: UnsafeMutableBufferPointer(start: scratch.inputs[input], count: size))
    }
  }
}
