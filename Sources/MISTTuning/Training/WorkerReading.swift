import MISTEdge
import MISTEdgeKernels

extension Worker {
  /// Reads a sample's feature into the scratch: its codes for a network of integers. Throws what reading throws.
  func read(_ features: any SplitFeatures, _ index: Int, _ feature: Feature) throws {
    if let integers = scratch.integers {
      return try features.withCodes(index, feature) {
        integers.take($0, scales: $1, NativeKernels.self)
      }
    }
    for (input, size) in sizes.enumerated() {
      try features.read(
        index, feature, input: input, tokens: tokens,
        into: UnsafeMutableBufferPointer(start: scratch.inputs[input], count: size))
    }
  }
}
