import COnnxProto
import CProtobufC

/// Turns the stripped message into an `ONNXGraph`, by protobuf-c.
struct ONNXGraphDecoder {
  private(set) var producer = ""
  private(set) var opset = 1
  private(set) var metadata: [String: String] = [:]
  private(set) var nodes: [ONNXGraph.Node] = []
  private(set) var inputs: [ONNXGraph.Value] = []
  private(set) var outputs: [ONNXGraph.Value] = []
  /// Names of the tensors that belong to `attributes` of the walker, in their order.
  private(set) var attributeTensors: [String] = []

  /// Decodes what `walker` left of the model. Errors do not name the file.
  init(_ walker: ONNXModelWalker) throws {
    let unpacked = walker.stripped.withUnsafeBufferPointer { bytes in
      mist_onnx__model__unpack(nil, bytes.count, bytes.baseAddress)
    }
    guard let unpacked, let graph = unpacked.pointee.graph else {
      throw MISTError(.onnxInvalidMessage, "a message inside the model is not valid protobuf")
    }
    defer { mist_onnx__model__free_unpacked(unpacked, nil) }
    let model = unpacked.pointee
    producer = try text(model.producer_name, "producer_name")
    for entry in messages(model.opset_import, model.n_opset_import) {
      let domain = try text(entry.domain, "domain")
      if domain.isEmpty || domain == "ai.onnx" { opset = Int(entry.version) }
    }
    for entry in messages(model.metadata_props, model.n_metadata_props) {
      let key = try text(entry.key, "metadata key")
      guard metadata.updateValue(try text(entry.value, "metadata value"), forKey: key) == nil else {
        throw MISTError(.onnxDuplicateMetadataKey, "the metadata has the key \(quoted(key)) twice")
      }
    }
    let initializers = Set(walker.initializers.map(\.name))
    inputs = try messages(graph.pointee.input, graph.pointee.n_input).map(value)
      .filter { !initializers.contains($0.name) }
    outputs = try messages(graph.pointee.output, graph.pointee.n_output).map(value)
    try decodeNodes(
      graph.pointee, walker.attributes.map { ($0.node, $0.name) },
      walker.branches.map { ($0.node, $0.name, $0.operators) })
  }

  private mutating func decodeNodes(
    _ graph: MistOnnx__Graph, _ tensors: [(node: Int, attribute: String)],
    _ branches: [(node: Int, attribute: String, operators: [String])]
  ) throws {
    nodes.reserveCapacity(graph.n_node)
    var next = 0
    var branch = 0
    for (place, message) in messages(graph.node, graph.n_node).enumerated() {
      let name = try text(message.name, "name", place)
      let opType = try text(message.op_type, "op_type", place)
      let outputs = try texts(message.output, message.n_output, "output", place)
      var names: [String: String] = [:]
      while next < tensors.count, tensors[next].node == place {
        let attribute = tensors[next].attribute
        let owner = outputs.first ?? (name.isEmpty ? "node \(place)" : name)
        let tensor = opType == "Constant" && attribute == "value" ? owner : "\(owner):\(attribute)"
        names[attribute] = tensor
        attributeTensors.append(tensor)
        next += 1
      }
      var subgraphs: [String: [String]] = [:]
      while branch < branches.count, branches[branch].node == place {
        subgraphs[branches[branch].attribute] = branches[branch].operators
        branch += 1
      }
      var attributes: [String: ONNXGraph.Attribute] = [:]
      for attribute in messages(message.attribute, message.n_attribute) {
        let key = try text(attribute.name, "attribute name", place)
        var value = try self.attribute(attribute, key, tensor: names[key], place)
        if value == .other, let operators = subgraphs[key] { value = .branch(operators) }
        guard attributes.updateValue(value, forKey: key) == nil else {
          throw MISTError(
            .onnxDuplicateAttribute, at: "node \(place)", "it has the attribute \(quoted(key)) twice")
        }
      }
      nodes.append(
        ONNXGraph.Node(
          name: name, opType: opType, domain: try text(message.domain, "domain", place),
          inputs: try texts(message.input, message.n_input, "input", place), outputs: outputs,
          attributes: attributes))
    }
  }

  private func attribute(
    _ attribute: MistOnnx__Attribute, _ name: String, tensor: String?, _ node: Int
  ) throws -> ONNXGraph.Attribute {
    // Inside a function's body a value may be a reference to the function's attribute.
    if attribute.has_ref_attr_name != 0, attribute.ref_attr_name.len > 0 { return .other }
    switch try kind(attribute, name, hasTensor: tensor != nil, node) {
    case 1: return .float(attribute.f)
    case 2: return .int(Int(attribute.i))
    case 3: return string(attribute.s).map { .string($0) } ?? .other
    case 4: return tensor.map { .tensor($0) } ?? .other
    case 6: return .floats(Array(UnsafeBufferPointer(start: attribute.floats, count: attribute.n_floats)))
    case 7: return .ints(UnsafeBufferPointer(start: attribute.ints, count: attribute.n_ints).map { Int($0) })
    case 8:
      let all = UnsafeBufferPointer(start: attribute.strings, count: attribute.n_strings)
      let strings = all.compactMap(string)
      return strings.count == all.count ? .strings(strings) : .other
    default: return .other
    }
  }

  /// ONNX's `AttributeType`; files from before it was demanded do not say, and are told by what is set.
  private func kind(
    _ attribute: MistOnnx__Attribute, _ name: String, hasTensor: Bool, _ node: Int
  ) throws -> Int {
    let kind = attribute.has_type != 0 ? Int(attribute.type) : 0
    guard (0...14).contains(kind) else {
      throw MISTError(
        .onnxUnknownAttributeType, at: "attribute \(quoted(name)) of node \(node)",
        "its type \(kind) is unknown; known are 1 to 14")
    }
    if kind != 0 { return kind }
    if attribute.has_f != 0 { return 1 }
    if attribute.has_i != 0 { return 2 }
    if attribute.has_s != 0 { return 3 }
    if hasTensor { return 4 }
    if attribute.n_floats > 0 { return 6 }
    if attribute.n_ints > 0 { return 7 }
    return attribute.n_strings > 0 ? 8 : 0
  }

  private func value(_ message: MistOnnx__ValueInfo) throws -> ONNXGraph.Value {
    let shape = message.type?.pointee.tensor_type?.pointee.shape?.pointee
    let dimensions = shape.map { messages($0.dim, $0.n_dim) } ?? []
    return ONNXGraph.Value(
      name: try text(message.name, "name of an input or output"),
      shape: dimensions.map { $0.has_dim_value != 0 && $0.dim_value >= 0 ? Int($0.dim_value) : nil })
  }

  private func messages<M>(_ start: UnsafeMutablePointer<UnsafeMutablePointer<M>?>?, _ count: Int) -> [M] {
    UnsafeBufferPointer(start: start, count: count).compactMap { $0?.pointee }
  }

  private func string(_ data: ProtobufCBinaryData) -> String? {
    String(validating: UnsafeBufferPointer(start: data.data, count: data.len), as: UTF8.self)
  }

  private func text(_ data: ProtobufCBinaryData, _ what: StaticString, _ node: Int? = nil) throws -> String {
    try MISTFormats.text(of: UnsafeBufferPointer(start: data.data, count: data.len)) {
      MISTError(.onnxInvalidUTF8, at: node.map { "node \($0)" }, "its \(what) \($0)")
    }
  }

  private func texts(
    _ start: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int, _ what: StaticString, _ node: Int
  ) throws -> [String] {
    try UnsafeBufferPointer(start: start, count: count).map { try text($0, what, node) }
  }
}
