import MISTFormats

/// Carries out a plan's steps, streaming from the mapped source into the writer. Keeps one chunk of floats.
struct TensorCopier {
  private static let chunk = 1 << 16
  private var floats: [Float] = []

  /// Writes the destination of `step`. Returns how many finite values became infinite.
  mutating func copy(
    _ step: ConversionPlan.Step, from archive: any TensorArchive, to writer: inout SafetensorsWriter
  ) throws -> Int {
    let destination = step.destination
    var overflow = 0
    if step.transform == .zeros {
      let size = min(destination.byteCount, Self.chunk)
      let zeros = [UInt8](repeating: 0, count: size)
      var left = destination.byteCount
      while left > 0 {
        try writer.append(destination.name, Array(zeros.prefix(min(left, size))))
        left -= min(left, size)
      }
    }
    for source in step.sources {
      if step.transform == .transpose {
        overflow += try appendTransposed(source, to: &writer, destination, archive)
      } else {
        overflow += try archive.withBytesOnce(of: source.name) {
          try append($0, dtype: source.dtype, to: &writer, destination)
        }
      }
    }
    return overflow
  }

  private mutating func append(
    _ bytes: UnsafeRawBufferPointer, dtype: DType, to writer: inout SafetensorsWriter,
    _ destination: TensorInfo
  ) throws -> Int {
    guard dtype != destination.dtype else {
      try writer.append(destination.name, bytes)
      return 0
    }
    if floats.isEmpty { floats = [Float](repeating: 0, count: Self.chunk) }
    var overflow = 0
    var start = 0
    while start < bytes.count {
      let size = min(Self.chunk * dtype.size, bytes.count - start)
      let part = UnsafeRawBufferPointer(rebasing: bytes[start..<start + size])
      overflow += try floats.withUnsafeMutableBufferPointer { buffer in
        let values = UnsafeMutableBufferPointer(rebasing: buffer[..<(size / dtype.size)])
        try FloatConversion.toFloats(part, dtype: dtype, into: values)
        try writer.append(destination.name, floats: UnsafeBufferPointer(values))
        return destination.dtype == .f16 ? Self.countOverflow(UnsafeBufferPointer(values)) : 0
      }
      start += size
    }
    return overflow
  }

  /// Finite values that round to an infinite half: from halfway between the largest, 65504, and the next step.
  private static func countOverflow(_ values: UnsafeBufferPointer<Float>) -> Int {
    var count = 0
    for value in values where value.magnitude >= 65520 && value.isFinite { count += 1 }
    return count
  }

  private mutating func appendTransposed(
    _ source: TensorInfo, to writer: inout SafetensorsWriter, _ destination: TensorInfo,
    _ archive: any TensorArchive
  ) throws -> Int {
    guard source.shape.count == 2 else {
      throw MISTError(
        .convertShapeMismatch, file: archive.path, at: "tensor \(quoted(source.name))",
        "expected a matrix to transpose, found shape \(source.shape)")
    }
    let (rows, columns, size) = (source.shape[0], source.shape[1], source.dtype.size)
    var turned = [UInt8](repeating: 0, count: source.byteCount)
    try archive.withBytesOnce(of: source.name) { bytes in
      turned.withUnsafeMutableBytes {
        MatrixTranspose.run(bytes, rows: rows, columns: columns, size: size, into: $0)
      }
    }
    return try turned.withUnsafeBytes { try append($0, dtype: source.dtype, to: &writer, destination) }
  }
}
