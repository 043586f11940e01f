import MISTFormats

/// Carries out a plan's steps, streaming from the source into the writer. Keeps one chunk of floats, and one band of a
/// tensor whose elements move.
struct TensorCopier {
  /// Whether values that are infinite or NaN are refused, which no model can compute with.
  private let refusesNotFinite: Bool
  private static let chunk = 1 << 16
  private var floats: [Float] = []
  private var written: [UInt8] = []
  private let band = BandMemory()

  init(refusesNotFinite: Bool = true) { self.refusesNotFinite = refusesNotFinite }

  /// Writes the destination of `step`. Returns what the change of element type did, nil where there is none.
  /// Throws `convert.not-finite`.
  mutating func copy(
    _ step: ConversionPlan.Step, from archive: any TensorArchive, to writer: inout some TensorSink
  ) throws -> DTypeChange? {
    let destination = step.destination
    var change = DTypeChange()
    if step.transform == .zeros {
      let size = min(destination.byteCount, Self.chunk)
      let zeros = [UInt8](repeating: 0, count: size)
      var left = destination.byteCount
      while left > 0 {
        try zeros.withUnsafeBytes {
          try writer.append(destination.name, UnsafeRawBufferPointer(rebasing: $0[..<min(left, size)]))
        }
        left -= min(left, size)
      }
    }
    let reversal = step.transform.reversal(of: destination.shape, parts: step.sources.count)?.inverse
    for source in step.sources {
      try archive.withBytesOnce(of: source.name) { bytes in
        if refusesNotFinite { try Self.check(bytes, source, archive.path) }
        guard let reversal else {
          change += try append(step.transform.slice(bytes), dtype: source.dtype, to: &writer, destination)
          return
        }
        try reversal.forEachBand(of: bytes, size: source.dtype.size, memory: band) {
          change += try append($0, dtype: source.dtype, to: &writer, destination)
        }
      }
    }
    return change.values > 0 ? change : nil
  }

  /// Throws `convert.not-finite` unless every value of `tensor`, whose bytes these are, is a finite number.
  static func check(_ bytes: UnsafeRawBufferPointer, _ tensor: TensorInfo, _ file: String) throws {
    var census = FloatCensus()
    try census.add(bytes, dtype: tensor.dtype)
    guard census.nans + census.infinities == 0 else {
      throw MISTError(
        .convertNotFinite, file: file, at: "tensor \(quoted(tensor.name))",
        "of its \(census.count) values \(census.nans) are NaN and \(census.infinities) infinite",
        advice: "the file is damaged or its training diverged; get another")
    }
  }

  private mutating func append(
    _ bytes: UnsafeRawBufferPointer, dtype: DType, to writer: inout some TensorSink,
    _ destination: TensorInfo
  ) throws -> DTypeChange {
    let type = destination.dtype
    guard dtype != type else {
      try writer.append(destination.name, bytes)
      return DTypeChange()
    }
    if floats.isEmpty { floats = [Float](repeating: 0, count: Self.chunk) }
    if written.isEmpty { written = [UInt8](repeating: 0, count: Self.chunk * DType.f64.size) }
    var (before, after) = (FloatCensus(), FloatCensus())
    var start = 0
    while start < bytes.count {
      let size = min(Self.chunk * dtype.size, bytes.count - start)
      let part = UnsafeRawBufferPointer(rebasing: bytes[start..<start + size])
      try before.add(part, dtype: dtype)
      try floats.withUnsafeMutableBufferPointer { buffer in
        let values = UnsafeMutableBufferPointer(rebasing: buffer[..<(size / dtype.size)])
        try FloatConversion.toFloats(part, dtype: dtype, into: values)
        try written.withUnsafeMutableBytes {
          let target = UnsafeMutableRawBufferPointer(rebasing: $0[..<(values.count * type.size)])
          try FloatConversion.fromFloats(UnsafeBufferPointer(values), to: type, into: target)
          try after.add(UnsafeRawBufferPointer(target), dtype: type)
          try writer.append(destination.name, UnsafeRawBufferPointer(target))
        }
      }
      start += size
    }
    return DTypeChange(before, dtype, after, type)
  }
}
