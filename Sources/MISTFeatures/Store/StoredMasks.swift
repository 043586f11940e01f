import MISTFormats

/// The masks of a split: random access by sample, at the model's input size.
package struct StoredMasks: Sendable {
  /// Pixels of every mask.
  package let height: Int
  package let width: Int
  /// Classes K; a mask's values are below it, or `ignore`.
  package let classes: Int
  /// Number of samples.
  package var count: Int { samples.count }
  /// The value of pixels that belong to no class.
  package static let ignore = UInt8(StoreManifest.Masks.ignoredClass)

  private let samples: SampleLocator

  init(height: Int, width: Int, classes: Int, samples: SampleLocator) {
    self.height = height
    self.width = width
    self.classes = classes
    self.samples = samples
  }

  /// Writes the mask of sample `sample`, `[H, W]`, to `output`. `sample` must be less than `count`.
  /// Throws `features.mask-value` when it holds a value that is neither a class nor ignored.
  package func read(_ sample: Int, into output: UnsafeMutableBufferPointer<UInt8>) throws {
    precondition(output.count == height * width, "the buffer does not fit a mask")
    let (shard, place) = samples.locate(sample)
    let size = height * width
    try shard.archive.withBytes(of: MaskTarget.mask) { bytes in
      UnsafeMutableRawBufferPointer(output).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes[place * size..<(place + 1) * size]))
      samples.resident.note(shard.archive, MaskTarget.mask, sample: place, size: size, rows: nil)
    }
    try check(output, sample, shard, place)
  }

  /// The mask of sample `sample` as an array `[H, W]`.
  package func values(_ sample: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: height * width) { buffer, initialized in
      try read(sample, into: UnsafeMutableBufferPointer(rebasing: buffer[..<(height * width)]))
      initialized = height * width
    }
  }

  private func check(
    _ values: UnsafeMutableBufferPointer<UInt8>, _ sample: Int, _ shard: OpenShard, _ place: Int
  ) throws {
    // In a loop that vectorises: an ignored pixel wraps to 0, and class v to v + 1.
    var largest: UInt8 = 0
    for value in values { largest = max(largest, value &+ 1) }
    guard Int(largest) <= classes else {
      throw MISTError(
        .featuresMaskValue, file: shard.archive.path, at: "tensor 'mask', sample \(place)",
        "values below \(classes) or \(Self.ignore) are expected, found \(largest - 1)",
        advice: "the shard was damaged; extract again")
    }
  }
}
