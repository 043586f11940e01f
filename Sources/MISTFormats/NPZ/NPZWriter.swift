import CZlib

/// Writes a NumPy `.npz` file in one pass: a zip archive of stored arrays, which `numpy.load` opens. The file appears under
/// its name when `finish()` succeeds and not before. The same input gives the same bytes: members have no times, and come
/// in declared order.
package struct NPZWriter: TensorWriter {
  private let file: AtomicFile
  private let tensors: [TensorInfo]
  private let comment: [UInt8]
  /// The array being filled, how many of its bytes have come, and their checksum.
  private var current = 0
  private var filled = 0
  private var checksum: uLong = 0
  private var records: [ZipRecord] = []

  /// Bytes of a comment that a zip archive has room for.
  package static let commentLimit = 0xffff

  /// Starts the file; `comment` becomes the archive's.
  /// Throws `npz.wrong-append` when names repeat or a shape is impossible, `npz.unsupported-dtype` for element types that
  /// NumPy does not have, `file.write-failed` when the file cannot be created.
  package init(path: String, tensors: [TensorInfo], comment: String = "") throws {
    self.tensors = tensors
    self.comment = Array(comment.utf8)
    guard self.comment.count <= Self.commentLimit else {
      throw MISTError(
        .npzWrongAppend, file: path,
        "its comment has \(self.comment.count) bytes, more than the limit of \(Self.commentLimit)")
    }
    var names: Set<String> = []
    for info in tensors {
      let place = "tensor \(quoted(info.name))"
      guard !info.name.isEmpty, info.name.utf8.count < 1 << 15, !info.name.utf8.contains(0),
        names.insert(info.name).inserted
      else {
        throw MISTError(.npzWrongAppend, file: path, at: place, "it is declared twice, or no member's name")
      }
      guard info.shape.allSatisfy({ $0 >= 0 }), info.shape.count <= NPYLimits.dimensions,
        checkedByteCount(info.shape.map { max($0, 1) }, info.dtype) != nil
      else {
        throw MISTError(.npzWrongAppend, file: path, at: place, "shape \(text(info.shape)) is impossible")
      }
      guard NPYElementType.descr(info.dtype) != nil else {
        throw MISTError(
          .npzUnsupportedDType, file: path, at: place, "NumPy has no element type \(info.dtype.rawValue)",
          advice: "convert it with --dtype f32")
      }
    }
    guard tensors.count <= ZipLimits.members else {
      throw MISTError(.npzWrongAppend, file: path, "\(tensors.count) arrays are more than an archive has")
    }
    file = try AtomicFile(path: path)
  }

  /// Adds bytes (little-endian, row-major) to array `name`: all of them, or the next part. An array must be complete
  /// before the next begins, and they come in declared order; empty arrays may be left out.
  /// Throws `npz.wrong-append` on other calls, `file.write-failed` when writing fails.
  package mutating func append(_ name: String, _ bytes: UnsafeRawBufferPointer) throws {
    try skipEmpty(before: name)
    guard current < tensors.count, tensors[current].name == name else {
      let expected = current < tensors.count ? "\(quoted(tensors[current].name)) is next" : "all are complete"
      throw wrong(name, "bytes for it were given, but \(expected)")
    }
    let info = tensors[current]
    guard bytes.count <= info.byteCount - filled else {
      throw wrong(name, "\(filled + bytes.count) bytes were given for its \(info.byteCount)")
    }
    if filled == 0 { try begin(info) }
    checksum = crc32_z(checksum, bytes.bindMemory(to: Bytef.self).baseAddress, bytes.count)
    try file.write(bytes)
    filled += bytes.count
    if filled == info.byteCount { try end() }
  }

  package mutating func append(_ name: String, floats: UnsafeBufferPointer<Float>) throws {
    let dtype = tensors.dropFirst(current).first { $0.name == name }?.dtype ?? .f32
    guard dtype != .f32 else { return try append(name, UnsafeRawBufferPointer(floats)) }
    let scratch = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(max(floats.count, 1), Self.chunk) * dtype.size, alignment: 64)
    defer { scratch.deallocate() }
    var rest = floats[...]
    repeat {
      let part = rest.prefix(Self.chunk)
      rest = rest.dropFirst(Self.chunk)
      let target = UnsafeMutableRawBufferPointer(rebasing: scratch[..<(part.count * dtype.size)])
      try FloatConversion.fromFloats(UnsafeBufferPointer(rebasing: part), to: dtype, into: target)
      try append(name, UnsafeRawBufferPointer(target))
    } while !rest.isEmpty
  }

  /// Puts the file in place. Throws `npz.wrong-append` when an array is missing or incomplete.
  package mutating func finish() throws {
    try skipEmpty(before: nil)
    guard current == tensors.count else {
      let info = tensors[current]
      throw wrong(
        info.name, "it has \(filled) of its \(info.byteCount) bytes, and the file was to be finished")
    }
    try file.write(ZipRecord.directory(records, at: file.count, comment: comment))
    try file.commit()
  }

  /// Numbers converted at a time.
  private static let chunk = 1 << 16

  private mutating func skipEmpty(before name: String?) throws {
    while current < tensors.count, tensors[current].byteCount == 0, tensors[current].name != name {
      try begin(tensors[current])
      try end()
    }
  }

  private mutating func begin(_ info: TensorInfo) throws {
    let header = NPYHeader.bytes(info)
    let record = ZipRecord(
      name: Array(info.name.utf8) + Array(".npy".utf8), size: header.count + info.byteCount,
      offset: file.count)
    try file.write(record.localHeader)
    try file.write(header)
    checksum = header.withUnsafeBytes { crc32_z(0, $0.bindMemory(to: Bytef.self).baseAddress, $0.count) }
    records.append(record)
  }

  /// The checksum is known only now, and stands before the elements.
  private mutating func end() throws {
    let sum = UInt32(truncatingIfNeeded: checksum)
    records[records.count - 1].checksum = sum
    try file.overwrite(
      at: records[records.count - 1].offset + ZipRecord.checksumOffset, littleEndianBytes(sum))
    current += 1
    filled = 0
  }

  private func wrong(_ name: String, _ problem: String) -> MISTError {
    MISTError(.npzWrongAppend, file: file.path, at: "tensor \(quoted(name))", problem)
  }
}

extension NPYHeader {
  /// The header of a little-endian, row-major array, as NumPy writes it: elements begin at a multiple of 64.
  static func bytes(_ info: TensorInfo) -> [UInt8] {
    let dimensions = info.shape.map(String.init).joined(separator: ", ")
    let shape = "(\(dimensions)\(info.shape.count == 1 ? "," : ""))"
    let descr = NPYElementType.descr(info.dtype) ?? ""
    var text = Array("{'descr': '\(descr)', 'fortran_order': False, 'shape': \(shape), }".utf8)
    while (text.count + 11) % 64 != 0 { text.append(0x20) }
    text.append(0x0a)
    return signature + [1, 0] + littleEndianBytes(UInt16(text.count)) + text
  }
}
