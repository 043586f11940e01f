import MISTEdge
import MISTEdgeKernels

extension Worker {
  /// Reads a sample's feature into the scratch. Throws what reading throws.
  func read(_ features: any SplitFeatures, _ index: Int, _ feature: Feature) throws {
    for (input, size) in sizes.enumerated() {
      try features.read(
        index, feature, input: input, tokens: tokens,
        into: UnsafeMutableBufferPointer(start: scratch.inputs[input], count: size))
    }
  }

  /// Reads the codes of a sample's feature for a network of integers. Throws what reading throws.
  func readCodes(_ features: any SplitFeatures, _ index: Int, _ feature: Feature) throws {
    guard let tokens = scratch.integers else { return }
    try features.withCodes(index, feature) { codes, scales in
      for row in 0..<tokens.count {
        tokens.take(
          row, codes + row * tokens.channels,
          scale: scales.loadUnaligned(fromByteOffset: 4 * row, as: Float.self), NativeKernels.self)
      }
    }
  }
}
