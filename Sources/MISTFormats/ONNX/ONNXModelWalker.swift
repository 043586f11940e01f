/// Walks a `ModelProto` in the mapped file. Collects its tensors, as places in the file, and builds a copy of
/// the message without them (and without documentation, subgraphs and everything else that
/// `Formats/onnx-subset.proto` leaves out), small enough for protobuf-c to copy.
struct ONNXModelWalker {
  let file: UnsafeRawBufferPointer
  /// The copy without tensors.
  private(set) var stripped: [UInt8] = []
  private(set) var initializers: [ONNXTensorRecord] = []
  /// Names of sparse initialisers, which are not read.
  private(set) var sparse: [String] = []
  /// Tensor attributes: the node's place among the nodes, the attribute's name.
  private(set) var attributes: [(node: Int, name: String, tensor: ONNXTensorRecord)] = []
  /// Graph attributes, the branches of control flow: the node's place, the attribute's name, and the branch's operators in order.
  private(set) var branches: [(node: Int, name: String, operators: [String])] = []
  private var nodeCount = 0
  private var trail: MappedTrail

  /// Walks the whole file. Throws `onnx.` codes; errors do not name the file.
  init(_ mapped: MappedFile) throws {
    file = mapped.bytes
    trail = MappedTrail(mapped)
    var reader = WireReader(file, 0..<file.count, "ModelProto")
    var hasGraph = false
    while let field = try reader.next() {
      switch field.number {
      case 2:
        _ = try reader.range(field, "producer_name")
        stripped.append(contentsOf: file[field.range])
      case 7:
        let range = try reader.range(field, "graph")
        guard !hasGraph else {
          throw reader.error(.onnxRepeatedField, at: field.range.lowerBound, "graph comes twice")
        }
        hasGraph = true
        Self.append(7, try graph(range), to: &stripped)
      case 8, 14:
        _ = try reader.range(field, field.number == 8 ? "opset_import" : "metadata_props")
        stripped.append(contentsOf: file[field.range])
      default: break
      }
    }
    trail.end()
    guard hasGraph else {
      throw MISTError(
        .onnxNoGraph, "an ONNX model is expected, but the file has no graph",
        advice: "this is probably not an ONNX file")
    }
  }

  private mutating func graph(_ range: Range<Int>) throws -> [UInt8] {
    var result: [UInt8] = []
    var reader = WireReader(file, range, "GraphProto")
    while let field = try reader.next() {
      switch field.number {
      case 1:
        Self.append(1, try node(try reader.range(field, "node")), to: &result)
        nodeCount += 1
      case 5:
        let tensor = try ONNXTensorRecord(file, try reader.range(field, "initializer"), owner: nil)
        guard !tensor.name.isEmpty else {
          throw reader.error(.onnxUnnamedTensor, at: field.range.lowerBound, "an initializer has no name")
        }
        initializers.append(tensor)
      case 11, 12:
        _ = try reader.range(field, field.number == 11 ? "input" : "output")
        result.append(contentsOf: file[field.range])
      case 15: try sparseTensor(try reader.range(field, "sparse_initializer"))
      default: break
      }
      trail.pass(reader.position)
    }
    return result
  }

  private mutating func node(_ range: Range<Int>) throws -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(min(range.count, 512))
    var reader = WireReader(file, range, "NodeProto")
    while let field = try reader.next() {
      switch field.number {
      case 1, 2, 3, 4, 7:
        _ = try reader.range(field, "a name")
        result.append(contentsOf: file[field.range])
      case 5: Self.append(5, try attribute(try reader.range(field, "attribute")), to: &result)
      default: break
      }
    }
    return result
  }

  private mutating func attribute(_ range: Range<Int>) throws -> [UInt8] {
    var result: [UInt8] = []
    var name = ""
    var tensor: Range<Int>?
    var operators: [String]?
    var reader = WireReader(file, range, "AttributeProto")
    while let field = try reader.next() {
      switch (field.number, field.value) {
      case (1, _): name = try reader.text(field, "name")
      case (2, .fixed32), (3, .varint), (20, .varint), (4, .bytes), (9, .bytes), (21, .bytes): break
      case (7, .fixed32), (7, .bytes), (8, .varint), (8, .bytes): break
      case (5, _):
        guard tensor == nil else {
          throw reader.error(.onnxRepeatedField, at: field.range.lowerBound, "t comes twice")
        }
        tensor = try reader.range(field, "t")
        continue
      case (6, _):
        guard operators == nil else {
          throw reader.error(.onnxRepeatedField, at: field.range.lowerBound, "g comes twice")
        }
        operators = try self.operators(try reader.range(field, "g"))
        continue
      case (2, _), (3, _), (4, _), (7, _), (8, _), (9, _), (20, _), (21, _):
        throw reader.wrongWireType(field, "an attribute's value")
      default: continue
      }
      result.append(contentsOf: file[field.range])
    }
    if let tensor {
      let record = try ONNXTensorRecord(
        file, tensor, owner: "attribute \(quoted(name)) of node \(nodeCount)")
      attributes.append((nodeCount, name, record))
    }
    if let operators { branches.append((nodeCount, name, operators)) }
    return result
  }

  /// What the nodes of a subgraph are, by the names of their operators.
  private func operators(_ range: Range<Int>) throws -> [String] {
    var list: [String] = []
    var reader = WireReader(file, range, "GraphProto")
    while let field = try reader.next() {
      guard field.number == 1 else { continue }
      var node = WireReader(file, try reader.range(field, "node"), "NodeProto")
      var name = ""
      while let part = try node.next() {
        if part.number == 4 { name = try node.text(part, "op_type") }
      }
      list.append(name)
    }
    return list
  }

  private mutating func sparseTensor(_ range: Range<Int>) throws {
    var reader = WireReader(file, range, "SparseTensorProto")
    while let field = try reader.next() {
      guard field.number == 1 else { continue }
      var values = WireReader(file, try reader.range(field, "values"), "TensorProto")
      while let field = try values.next() {
        if field.number == 8 { sparse.append(try values.text(field, "name")) }
      }
    }
  }

  /// Appends a field with bytes for a value.
  private static func append(_ number: UInt8, _ bytes: [UInt8], to result: inout [UInt8]) {
    result.append(number << 3 | 2)
    var length = bytes.count
    while length >= 0x80 {
      result.append(UInt8(truncatingIfNeeded: length) | 0x80)
      length >>= 7
    }
    result.append(UInt8(length))
    result.append(contentsOf: bytes)
  }
}
