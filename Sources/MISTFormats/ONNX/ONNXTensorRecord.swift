/// A `TensorProto`, read without its values.
struct ONNXTensorRecord {
  enum Payload {
    case none
    /// The elements, little-endian, at this place in the model file.
    case view(Range<Int>)
    /// Elements in typed data field `field`, to be decoded from the message at this place.
    case typed(field: Int, message: Range<Int>)
    /// Elements in another file; nil where the model does not say.
    case external(location: String, offset: Int?, length: Int?)
  }

  private(set) var name = ""
  private(set) var shape: [Int] = []
  private(set) var type = ONNXElementType.unsupported("UNDEFINED")
  private(set) var payload = Payload.none

  /// Reads and checks the message at `range` of the file. `owner` says which tensor it is, nil for
  /// initialisers, which have a name.
  init(_ file: UnsafeRawBufferPointer, _ range: Range<Int>, owner: @autoclosure () -> String?) throws {
    var fields = Fields()
    var reader = WireReader(file, range, "TensorProto")
    while let field = try reader.next() { try fields.take(field, &reader) }
    name = fields.name ?? ""
    shape = fields.dims
    let name = name
    var place: String {
      owner()
        ?? (name.isEmpty ? "tensor without a name at byte \(range.lowerBound)" : "tensor \(quoted(name))")
    }
    guard let number = fields.dataType else {
      throw MISTError(.onnxMissingDataType, at: place, "it lacks a data_type")
    }
    guard let type = ONNXElementType(number: number) else {
      throw MISTError(
        .onnxUnknownDataType, at: place, "its data_type \(number) is unknown; known are 1 to 26")
    }
    self.type = type
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw MISTError(.onnxInvalidDims, at: place, "its dims \(text(shape)) must not be negative")
    }
    guard !fields.isSegmented else {
      throw MISTError(.onnxSegmented, at: place, "it is one segment of a tensor, which is not supported")
    }
    guard case .supported(let dtype) = type else { return }
    guard let size = checkedByteCount(shape, dtype) else {
      throw MISTError(
        .onnxShapeOverflow, at: place,
        "dims \(text(shape)) of \(dtype.rawValue) have more bytes than can be counted")
    }
    payload = try fields.payload(file, range, dtype, size, place)
  }
}

/// The fields of a `TensorProto` as they come, in any order.
private struct Fields {
  var name: String?
  var dims: [Int] = []
  var dataType: Int?
  var isSegmented = false
  private var raw: Range<Int>?
  /// The typed data field that is present, how often, and its bytes when it is one packed array.
  private var typed: (field: Int, pieces: Int, packed: Range<Int>?)?
  private var secondTyped: Int?
  private var dataLocation: Int?
  private var external: [(key: String, value: String)] = []

  mutating func take(_ field: WireField, _ reader: inout WireReader) throws {
    func once(_ isSet: Bool, _ what: StaticString) throws {
      if isSet { throw reader.error(.onnxRepeatedField, at: field.range.lowerBound, "\(what) comes twice") }
    }
    switch field.number {
    case 1:
      if case .bytes(let range) = field.value {
        var packed = WireReader(reader.bytes, range, "TensorProto")
        while packed.position < packed.end { dims.append(Int(truncatingIfNeeded: try packed.varint())) }
      } else {
        dims.append(try reader.integer(field, "dims"))
      }
    case 2:
      try once(dataType != nil, "data_type")
      dataType = try reader.integer(field, "data_type")
    case 3: isSegmented = true
    case 4, 5, 6, 7, 10, 11: try takeTyped(field, reader)
    case 8:
      try once(name != nil, "name")
      name = try reader.text(field, "name")
    case 9:
      try once(raw != nil, "raw_data")
      raw = try reader.range(field, "raw_data")
    case 13: try takeExternal(try reader.range(field, "external_data"), reader.bytes)
    case 14:
      try once(dataLocation != nil, "data_location")
      dataLocation = try reader.integer(field, "data_location")
    default: break
    }
  }

  private mutating func takeTyped(_ field: WireField, _ reader: WireReader) throws {
    var packed: Range<Int>?
    switch (field.number, field.value) {
    case (_, .bytes(let range)): packed = range
    case (4, .fixed32), (10, .fixed64), (5, .varint), (7, .varint), (11, .varint): break
    default: throw reader.wrongWireType(field, "typed data")
    }
    // An empty packed array says nothing.
    if let packed, packed.isEmpty, field.number != 6 { return }
    guard let present = typed else {
      typed = (field.number, 1, packed)
      return
    }
    if present.field != field.number { secondTyped = field.number }
    typed = (present.field, present.pieces + 1, nil)
  }

  private mutating func takeExternal(_ range: Range<Int>, _ file: UnsafeRawBufferPointer) throws {
    var reader = WireReader(file, range, "StringStringEntryProto")
    var key = ""
    var value = ""
    while let field = try reader.next() {
      switch field.number {
      case 1: key = try reader.text(field, "key")
      case 2: value = try reader.text(field, "value")
      default: break
      }
    }
    external.append((key, value))
  }

  /// Decides where the elements are, and checks that there are as many as `dims` say.
  func payload(
    _ file: UnsafeRawBufferPointer, _ message: Range<Int>, _ dtype: DType, _ size: Int,
    _ place: @autoclosure () -> String
  ) throws -> ONNXTensorRecord.Payload {
    let location = dataLocation ?? 0
    guard location == 0 || location == 1 else {
      throw MISTError(
        .onnxInvalidDataLocation, at: place(), "its data_location is \(location); known are 0 and 1")
    }
    let isExternal = location == 1
    let sources = [isExternal, raw != nil, typed != nil, secondTyped != nil].count { $0 }
    guard sources <= 1 else {
      let names =
        (isExternal ? ["external_data"] : []) + (raw == nil ? [] : ["raw_data"])
        + [typed?.field, secondTyped].compactMap { $0 }.map { "typed data (field \($0))" }
      throw MISTError(
        .onnxTwoPayloads, at: place(),
        "its values are given more than once: \(names.joined(separator: ", "))"
      )
    }
    func checkSize(_ found: Int) throws {
      guard found == size else {
        throw MISTError(
          .onnxPayloadSize, at: place(),
          "dims \(text(dims)) of \(dtype.rawValue) need \(size) bytes, but its data has \(found)")
      }
    }
    if isExternal { return try ONNXExternalData.payload(external, size, place()) }
    if let raw {
      try checkSize(raw.count)
      return .view(raw)
    }
    guard let typed else {
      guard size == 0 else {
        throw MISTError(
          .onnxMissingPayload, at: place(), "dims \(text(dims)) need \(size) bytes, but it has no data")
      }
      return .none
    }
    guard typed.field == dtype.onnxField else {
      throw MISTError(
        .onnxWrongPayloadField, at: place(),
        "values of type \(dtype.rawValue) belong into field \(dtype.onnxField) or raw_data, but stand in "
          + "field \(typed.field)")
    }
    if let packed = typed.packed, typed.field == 4 || typed.field == 10 {
      try checkSize(packed.count)
      return .view(packed)
    }
    let decoder = ONNXTypedData(
      file: file, message: message, field: typed.field, dtype: dtype, size: size, place: place())
    try decoder.decode(into: nil)
    return .typed(field: typed.field, message: message)
  }
}
