import MISTEdge
import MISTFormats

/// One tensor of features over the shards of a split: random access by sample, decoded to f32 into the caller's memory,
/// touching only the bytes asked for.
package struct StoredFeatures: Sendable {
  /// The tensor's name in the shards, such as `k12` or `k14.level1`.
  package let tensor: String
  package let dtype: StoredType
  /// Tokens T, or positions h·w of a map, row by row.
  package let tokens: Int
  package let channels: Int
  /// Number of samples.
  package let count: Int

  private let scales: String
  private let samples: SampleLocator

  /// `dtype`: of the store.
  init(_ tensor: FeatureTensor, dtype: StoredType, samples: SampleLocator) {
    self.tensor = tensor.name
    self.dtype = tensor.dtype(in: dtype)
    tokens = tensor.rows
    channels = tensor.channels
    count = samples.count
    scales = tensor.scaleName
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

  /// Sample `sample` as an array `[T, C]`.
  package func values(_ sample: Int) throws -> [Float] {
    try [Float](unsafeUninitializedCapacity: tokens * channels) { buffer, initialized in
      try read(sample, into: UnsafeMutableBufferPointer(rebasing: buffer[..<(tokens * channels)]))
      initialized = tokens * channels
    }
  }

  /// `rows`: how many of the sample's rows `body` reads, nil for all.
  private func withTokens(of sample: Int, rows: Int? = nil, _ body: (EncodedTokens) throws -> Void) throws {
    let (shard, place) = samples.locate(sample)
    let archive = shard.archive
    let size = tokens * channels * dtype.elements.size
    try archive.withBytes(of: tensor) { values in
      let values = UnsafeRawBufferPointer(rebasing: values[place * size..<(place + 1) * size])
      defer { samples.resident.note(archive, tensor, sample: place, size: size, rows: rows) }
      guard dtype == .int8 else {
        return try body(EncodedTokens(values: values, scales: nil, dtype: dtype, channels: channels))
      }
      try archive.withBytes(of: scales) { scales in
        let scales = UnsafeRawBufferPointer(rebasing: scales[place * tokens * 4..<(place + 1) * tokens * 4])
        try body(EncodedTokens(values: values, scales: scales, dtype: dtype, channels: channels))
      }
    }
  }
}

/// One sample's stored bytes.
private struct EncodedTokens {
  let values: UnsafeRawBufferPointer
  let scales: UnsafeRawBufferPointer?
  let dtype: StoredType
  let channels: Int

  func read(_ rows: Range<Int>, into output: UnsafeMutableBufferPointer<Float>) throws {
    let rowSize = channels * dtype.elements.size
    precondition(rows.lowerBound >= 0 && rows.upperBound * rowSize <= values.count, "there is no such token")
    let bytes = UnsafeRawBufferPointer(
      rebasing: values[rows.lowerBound * rowSize..<rows.upperBound * rowSize])
    guard let scales else {
      return try FloatConversion.toFloats(bytes, dtype: dtype.elements, into: output)
    }
    for (place, row) in rows.enumerated() {
      let scale = scales.loadUnaligned(fromByteOffset: 4 * row, as: Float.self)
      FeatureQuantization.decode(
        UnsafeRawBufferPointer(rebasing: bytes[place * channels..<(place + 1) * channels]), scale: scale,
        into: UnsafeMutableBufferPointer(rebasing: output[place * channels..<(place + 1) * channels]))
    }
  }
}
