import MISTEdge
import MISTFormats

/// One tensor of features over the shards of a split: random access by sample, decoded to f32 into the caller's memory,
/// touching only the bytes asked for. Reading throws `features.not-finite` for a value that is not a finite number, and
/// `features.bad-scale` for such a scale or a negative one.
package struct StoredFeatures: Sendable {
  /// The tensor's name in the shards, such as `k12` or `k14.level1`.
  package let tensor: String
  package let dtype: StoredType
  /// Number of the level; nil for tokens.
  package let level: Int?
  /// Tokens T, or positions h·w of a map, row by row.
  package let tokens: Int
  package let channels: Int
  /// Number of samples.
  package let count: Int

  /// Of how many rows one at most is read where a sample's others are not to be read from the disk with it.
  private static let sparse = 16

  private let scales: String
  /// From version 4 on.
  private let offsets: String?
  /// Where the store has those.
  private let checksums: String?
  private let isMap: Bool
  private let samples: SampleLocator

  /// `dtype`: of the store; `hasOffsets`: whether int8 has them.
  init(
    _ tensor: FeatureTensor, dtype: StoredType, hasOffsets: Bool, hasChecksums: Bool, samples: SampleLocator
  ) {
    self.tensor = tensor.name
    self.dtype = tensor.dtype(in: dtype)
    level = tensor.key.level
    tokens = tensor.rows
    channels = tensor.channels
    count = samples.count
    scales = tensor.scaleName
    offsets = hasOffsets && self.dtype == .int8 ? tensor.offsetName : nil
    checksums = hasChecksums ? tensor.checksumName : nil
    isMap = tensor.shape.count == 3
    self.samples = samples
  }

  /// Writes sample `sample`, `[T, C]`, to `output`. `sample` must be less than `count`.
  package func read(_ sample: Int, into output: UnsafeMutableBufferPointer<Float>) throws {
    precondition(output.count == tokens * channels, "the buffer does not fit a feature")
    try withTokens(of: sample) { try $0.read(0..<tokens, into: output) }
  }

  /// Writes the rows `rows` of sample `sample`, `[rows.count, C]`, to `output`: what token dropout keeps.
  package func read(_ sample: Int, tokens rows: [Int], into output: UnsafeMutableBufferPointer<Float>) throws
  {
    precondition(output.count == rows.count * channels, "the buffer does not fit the rows")
    try withTokens(of: sample, rows: rows.count) { encoded in
      for (place, row) in rows.enumerated() {
        let target = UnsafeMutableBufferPointer(rebasing: output[place * channels..<(place + 1) * channels])
        try encoded.read(row..<row + 1, into: target)
      }
    }
  }

  /// Writes one row of sample `sample`, `[C]`, to `output`: the class token unless told otherwise.
  package func readToken(
    _ token: Int = 0, of sample: Int, into output: UnsafeMutableBufferPointer<Float>
  ) throws {
    precondition(output.count == channels, "the buffer does not fit a row")
    try withTokens(of: sample, rows: 1) { try $0.read(token..<token + 1, into: output) }
  }

  /// Calls `body` with the codes `[T, C]` of sample `sample` and a scale per token, where the tensor is of `int8`. Throws what `body` does.
  package func withCodes(
    _ sample: Int, _ body: (UnsafePointer<Int8>, _ scales: UnsafeRawBufferPointer) throws -> Void
  ) throws {
    precondition(dtype == .int8, "the tensor has no codes")
    try withTokens(of: sample) { encoded in
      for row in 0..<tokens { _ = try encoded.grid(row) }
      guard let codes = encoded.values.baseAddress, let scales = encoded.scales else { return }
      try body(codes.assumingMemoryBound(to: Int8.self), scales)
    }
  }

  /// Sample `sample` as an array `[T, C]`.
  package func values(_ sample: Int) throws -> [Float] {
    try [Float](unsafeUninitializedCapacity: tokens * channels) { buffer, initialized in
      try read(sample, into: UnsafeMutableBufferPointer(rebasing: buffer[..<(tokens * channels)]))
      initialized = tokens * channels
    }
  }

  /// Decodes every sample. Throws what reading throws, and `features.checksum` where a sample is not what its checksum was made of.
  func verify() throws {
    var values = [Float](repeating: 0, count: tokens * channels)
    let crc = CRC32()
    for sample in 0..<count {
      try values.withUnsafeMutableBufferPointer { try read(sample, into: $0) }
      if let checksums { try check(sample, checksums, crc) }
    }
  }

  private func check(_ sample: Int, _ checksums: String, _ crc: borrowing CRC32) throws {
    let (shard, place) = samples.locate(sample)
    let archive = shard.archive
    var sum: UInt32 = 0
    for name in [tensor, scales, offsets].compactMap(\.self) {
      guard let info = archive.info(name) else { continue }
      let size = info.byteCount / max(1, info.shape[0])
      try archive.withBytes(of: name) {
        sum = crc.checksum(UnsafeRawBufferPointer(rebasing: $0[place * size..<(place + 1) * size]), from: sum)
      }
    }
    let stored = try archive.withBytes(of: checksums) {
      UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self))
    }
    guard sum == stored else {
      throw MISTError(
        .featuresChecksum, file: archive.path, at: "tensor '\(tensor)', sample \(place)",
        "its checksum is \(String(stored, radix: 16)), its bytes give \(String(sum, radix: 16))",
        advice: "the file was damaged after it was written; extract again")
    }
  }

  /// `rows`: how many of the sample's rows `body` reads, nil for all.
  private func withTokens(of sample: Int, rows: Int? = nil, _ body: (EncodedTokens) throws -> Void) throws {
    let (shard, place) = samples.locate(sample)
    let archive = shard.archive
    let size = tokens * channels * dtype.elements.size
    try archive.withBytes(of: tensor) { values in
      let values = UnsafeRawBufferPointer(rebasing: values[place * size..<(place + 1) * size])
      if let rows, rows * Self.sparse <= tokens { archive.readSparsely() } else { archive.fetch(values) }
      defer { samples.resident.note(archive, tensor, sample: place, size: size, rows: rows) }
      func decode(_ scales: UnsafeRawBufferPointer?, _ offsets: UnsafeRawBufferPointer?) throws {
        do {
          try body(
            EncodedTokens(values: values, scales: scales, offsets: offsets, dtype: dtype, channels: channels))
        } catch let flaw as EncodedTokens.Flaw {
          throw error(flaw, archive, place)
        }
      }
      guard dtype == .int8 else { return try decode(nil, nil) }
      let rows = place * tokens * 4..<(place + 1) * tokens * 4
      try archive.withBytes(of: scales) { scales in
        let scales = UnsafeRawBufferPointer(rebasing: scales[rows])
        guard let offsets else { return try decode(scales, nil) }
        try archive.withBytes(of: offsets) { offsets in
          try decode(scales, UnsafeRawBufferPointer(rebasing: offsets[rows]))
        }
      }
    }
  }

  private func error(_ flaw: EncodedTokens.Flaw, _ archive: SafetensorsArchive, _ sample: Int) -> MISTError {
    let row = "sample \(sample), \(isMap ? "position" : "token") \(flaw.row)"
    let advice = "check the model with mist verify, and extract again"
    guard let channel = flaw.channel else {
      return MISTError(
        .featuresBadScale, file: archive.path, at: "tensor '\(scales)', \(row)",
        "a finite scale that is not negative, and a finite offset where there is one, are expected, found \(flaw.value)",
        advice: advice)
    }
    return MISTError(
      .featuresNotFinite, file: archive.path, at: "tensor '\(tensor)', \(row), channel \(channel)",
      "a finite number is expected, found \(flaw.value)", advice: advice)
  }
}
