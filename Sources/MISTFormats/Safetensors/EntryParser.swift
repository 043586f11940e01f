/// Reads the header's object: the metadata and one entry per tensor, each checked by itself.
struct EntryParser {
  let dataStart: Int
  let dataSize: Int
  var metadata: [String: String] = [:]
  var entries: [SafetensorsHeader.Entry] = []
  var index: [String: Int] = [:]
  private var hasMetadata = false

  init(dataStart: Int, dataSize: Int) {
    self.dataStart = dataStart
    self.dataSize = dataSize
  }

  mutating func parse(_ scanner: inout HeaderScanner) throws {
    try scanner.object { scanner, key, position in
      if key == "__metadata__" {
        guard !hasMetadata else { throw duplicateKey(key, position) }
        hasMetadata = true
        try parseMetadata(&scanner)
        return
      }
      guard index[key] == nil else { throw duplicateKey(key, position) }
      index[key] = entries.count
      entries.append(try parseEntry(&scanner, name: key))
    }
  }

  private func duplicateKey(_ key: String, _ position: Int) -> MISTError {
    MISTError(
      .safetensorsDuplicateKey, at: HeaderScanner.place(position),
      "the header has the key \(quoted(key)) twice")
  }

  private mutating func parseMetadata(_ scanner: inout HeaderScanner) throws {
    guard scanner.nextKind == .object else {
      throw scanner.nextKind == nil
        ? scanner.invalid("a value is expected")
        : MISTError(
          .safetensorsInvalidMetadata, at: scanner.place, "__metadata__ must be an object of strings")
    }
    try scanner.object { scanner, key, position in
      guard scanner.nextKind == .string else {
        throw scanner.nextKind == nil
          ? scanner.invalid("a value is expected")
          : MISTError(
            .safetensorsInvalidMetadata, at: scanner.place,
            "the value of metadata key \(quoted(key)) must be a string")
      }
      let value = try scanner.string()
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw MISTError(
          .safetensorsDuplicateMetadataKey, at: HeaderScanner.place(position),
          "the metadata has the key \(quoted(key)) twice")
      }
    }
  }

  private func parseEntry(
    _ scanner: inout HeaderScanner, name: String
  ) throws -> SafetensorsHeader.Entry {
    var place: String { "tensor \(quoted(name))" }
    var dtype: DType?
    var shape: [Int]?
    var offsets: (begin: Int, end: Int)?
    try scanner.require(.object, "an object for \(place)")
    try scanner.object { scanner, field, position in
      func once(_ isSet: Bool) throws {
        guard isSet else { return }
        throw MISTError(
          .safetensorsDuplicateField, at: place,
          "its entry has the field \(quoted(field)) twice (\(HeaderScanner.place(position)))")
      }
      switch field {
      case "dtype":
        try once(dtype != nil)
        try scanner.require(.string, "a string for the dtype of \(place)")
        dtype = try Self.dtype(try scanner.string(), name)
      case "shape":
        try once(shape != nil)
        try scanner.require(.array, "an array for the shape of \(place)")
        shape = try scanner.integers().map { integer in
          if case .value(let dimension) = integer { return dimension }
          throw MISTError(
            .safetensorsInvalidShape, at: place,
            "its shape must consist of integers from 0 to \(Int.max), found \(Self.describe(integer))")
        }
      case "data_offsets":
        try once(offsets != nil)
        try scanner.require(.array, "an array for the data_offsets of \(place)")
        let values = try scanner.integers()
        guard values.count == 2, case .value(let begin) = values[0], case .value(let end) = values[1] else {
          throw MISTError(
            .safetensorsInvalidOffsets, at: place,
            "its data_offsets must be two integers from 0 to \(Int.max), found "
              + (values.isEmpty ? "none" : values.prefix(4).map(Self.describe).joined(separator: ", ")))
        }
        offsets = (begin, end)
      default:
        throw MISTError(
          .safetensorsUnknownField, at: place,
          "its entry has the unknown field \(quoted(field)); the fields are dtype, shape and data_offsets")
      }
    }
    guard let dtype, let shape, let offsets else {
      let missing = dtype == nil ? "dtype" : shape == nil ? "shape" : "data_offsets"
      throw MISTError(.safetensorsMissingField, at: place, "its entry lacks the field \(missing)")
    }
    return try check(TensorInfo(name: name, dtype: dtype, shape: shape), offsets.begin, offsets.end)
  }

  private func check(
    _ info: TensorInfo, _ begin: Int, _ end: Int
  ) throws -> SafetensorsHeader.Entry {
    var place: String { "tensor \(quoted(info.name))" }
    guard let size = checkedByteCount(info.shape, info.dtype) else {
      throw MISTError(
        .safetensorsShapeOverflow, at: place,
        "shape \(text(info.shape)) of \(info.dtype.rawValue) has more bytes than can be counted")
    }
    guard begin <= end else {
      throw MISTError(
        .safetensorsOffsetsReversed, at: place, "its data_offsets begin at \(begin) and end at \(end)")
    }
    guard end <= dataSize else {
      throw MISTError(
        .safetensorsOffsetsBeyondFile, at: place,
        "its bytes end at \(end), but only \(dataSize) bytes follow the header",
        advice: "the file is cut off, download it again")
    }
    guard end - begin == size else {
      throw MISTError(
        .safetensorsSizeMismatch, at: place,
        "shape \(text(info.shape)) of \(info.dtype.rawValue) needs \(size) bytes, but its data_offsets "
          + "span \(end - begin)")
    }
    return SafetensorsHeader.Entry(info: info, range: dataStart + begin..<dataStart + end)
  }

  private static func dtype(_ name: String, _ tensor: String) throws -> DType {
    if let dtype = DType(rawValue: name) { return dtype }
    let known = DType.allCases.map(\.rawValue).joined(separator: " ")
    throw MISTError(
      .safetensorsUnknownDType, at: "tensor \(quoted(tensor))",
      "its dtype \(quoted(name)) is unknown; known are \(known)")
  }

  private static func describe(_ integer: HeaderScanner.Integer) -> String {
    switch integer {
    case .value(let value): String(value)
    case .negative: "a negative number"
    case .fraction: "a number with a fraction or exponent"
    case .overflow: "a number too large for 64 bits"
    }
  }
}
