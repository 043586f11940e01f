/// Writes a safetensors file in one pass: the header first, from the declared tensors, then their bytes in
/// declared order. The file appears under its name when `finish()` succeeds and not before. The same input
/// gives the same bytes: metadata keys are sorted, and the header is padded so that the data begins at a
/// multiple of 8, or of another alignment that was asked for.
package struct SafetensorsWriter: TensorWriter {
  private let file: AtomicFile
  private let tensors: [TensorInfo]
  /// The tensor being filled, and how many of its bytes have come.
  private var current = 0
  private var filled = 0
  private var scratch: [UInt8] = []

  /// Starts the file.
  /// Throws `safetensors.wrong-append` when names repeat or a shape is impossible, `file.write-failed` when
  /// the file cannot be created.
  package init(
    path: String, tensors: [TensorInfo], metadata: [String: String] = [:], alignment: Int = 8
  ) throws {
    self.tensors = tensors
    let header = try Self.header(tensors, metadata, path, alignment: alignment)
    file = try AtomicFile(path: path)
    try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try file.write($0) }
    try file.write(header)
  }

  /// Adds bytes (little-endian, row-major) to tensor `name`: all of them, or the next part. A tensor must be
  /// complete before the next begins, and they come in declared order; empty tensors may be left out.
  /// Throws `safetensors.wrong-append` on other calls, `file.write-failed` when writing fails.
  package mutating func append(_ name: String, _ bytes: UnsafeRawBufferPointer) throws {
    let info = try place(name, bytes.count)
    try file.write(bytes)
    advance(info, by: bytes.count)
  }

  /// Adds numbers to tensor `name`, converted to its declared floating-point type (`FloatConversion`), as the
  /// other `append` adds bytes. Throws `tensor.not-float` too.
  package mutating func append(_ name: String, floats: UnsafeBufferPointer<Float>) throws {
    guard let dtype = tensors.dropFirst(current).first(where: { $0.name == name })?.dtype else {
      _ = try place(name, 0)
      return
    }
    if dtype == .f32 { return try append(name, UnsafeRawBufferPointer(floats)) }
    let chunk = 1 << 16
    if scratch.isEmpty { scratch = [UInt8](repeating: 0, count: chunk * 8) }
    var rest = floats[...]
    repeat {
      let part = rest.prefix(chunk)
      rest = rest.dropFirst(chunk)
      let size = part.count * dtype.size
      let info = try place(name, size)
      try scratch.withUnsafeMutableBytes { bytes in
        let target = UnsafeMutableRawBufferPointer(rebasing: bytes[..<size])
        try FloatConversion.fromFloats(UnsafeBufferPointer(rebasing: part), to: dtype, into: target)
        try file.write(UnsafeRawBufferPointer(target))
      }
      advance(info, by: size)
    } while !rest.isEmpty
  }

  /// Puts the file in place. Throws `safetensors.wrong-append` when a tensor is missing or incomplete.
  package mutating func finish() throws {
    skipEmpty(before: nil)
    guard current == tensors.count else {
      let info = tensors[current]
      throw wrong(
        info.name, "it has \(filled) of its \(info.byteCount) bytes, and the file was to be finished")
    }
    try file.commit()
  }

  /// The declared tensor that `count` bytes for `name` belong to.
  private mutating func place(_ name: String, _ count: Int) throws -> TensorInfo {
    skipEmpty(before: name)
    guard current < tensors.count else { throw wrong(name, "all declared tensors are already complete") }
    let info = tensors[current]
    guard info.name == name else {
      throw wrong(
        name, "tensor \(quoted(info.name)) has \(filled) of its \(info.byteCount) bytes and is next")
    }
    guard count <= info.byteCount - filled else {
      throw wrong(name, "\(filled + count) bytes were given for its \(info.byteCount)")
    }
    return info
  }

  private mutating func advance(_ info: TensorInfo, by count: Int) {
    filled += count
    if filled == info.byteCount {
      current += 1
      filled = 0
    }
  }

  private mutating func skipEmpty(before name: String?) {
    while current < tensors.count, tensors[current].byteCount == 0, tensors[current].name != name {
      current += 1
    }
  }

  private func wrong(_ name: String, _ problem: String) -> MISTError {
    MISTError(.safetensorsWrongAppend, file: file.path, at: "tensor \(quoted(name))", problem)
  }

  private static func header(
    _ tensors: [TensorInfo], _ metadata: [String: String], _ path: String, alignment: Int
  ) throws -> [UInt8] {
    func wrong(_ name: String, _ problem: String) -> MISTError {
      MISTError(.safetensorsWrongAppend, file: path, at: "tensor \(quoted(name))", problem)
    }
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(json($0.key)):\(json($0.value))" }
      members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var names: Set<String> = ["__metadata__"]
    var offset = 0
    for info in tensors {
      guard names.insert(info.name).inserted else {
        throw wrong(info.name, "it is declared twice or reserved")
      }
      guard info.shape.allSatisfy({ $0 >= 0 }), let size = checkedByteCount(info.shape, info.dtype),
        case (let end, let overflow) = offset.addingReportingOverflow(size), !overflow
      else { throw wrong(info.name, "shape \(text(info.shape)) is impossible") }
      let shape = info.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(json(info.name)):{\"dtype\":\"\(info.dtype.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    // Behind the eight bytes of its length.
    while (header.count + 8) % alignment != 0 { header.append(0x20) }
    guard header.count <= SafetensorsHeader.limit else {
      throw MISTError(
        .safetensorsHeaderTooLarge, file: path,
        "the header would have \(header.count) bytes, more than the limit of \(SafetensorsHeader.limit)")
    }
    return header
  }

  private static func json(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
