import MISTFormats

/// Carries out a plan's steps, streaming from the source into the writer. Keeps one chunk of floats, and one band of a
/// tensor whose elements move.
struct TensorCopier {
  private static let chunk = 1 << 16
  private var floats: [Float] = []
  private var written: [UInt8] = []
  private let band = BandMemory()

  /// Writes the destination of `step`. Returns what the change of element type did, nil where there is none.
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
