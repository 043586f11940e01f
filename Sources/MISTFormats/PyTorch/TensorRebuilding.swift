/// The few functions of PyTorch whose effect is described here in its stead: they make views of storages.
extension PickleMachine {
  /// What calling `callee` would have made. Throws when a known function gets what it cannot take.
  mutating func result(of callee: PickleValue, arguments: PickleValue) throws -> PickleValue {
    guard let global = global(callee), let items = tuple(arguments) else {
      return try placeholder(of: callee, [arguments])
    }
    switch global.text {
    case "collections.OrderedDict", "builtins.dict", "__builtin__.dict", "collections.defaultdict",
      "collections.Counter":
      return .object(try place(.dictionary, try pairs(of: items)))
    case "builtins.set", "__builtin__.set", "builtins.frozenset", "__builtin__.frozenset", "builtins.list",
      "__builtin__.list", "builtins.tuple", "__builtin__.tuple", "torch.Size":
      guard items.count == 1, let parts = sequence(items[0]) else { break }
      return .object(try place(global.name == "tuple" || global.name == "Size" ? .tuple : .list, parts))
    case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
      return try tensor(items, dtype: nil)
    case "torch._utils._rebuild_tensor_v3":
      guard items.count >= 7, let type = self.global(items[6]) else { throw invalid("lacks its type") }
      guard let dtype = PyTorchElementType.dtype(type) else { return try unsupported("of type \(type.text)") }
      return try tensor(items, dtype: dtype)
    case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
      guard let data = items.first, isTensor(data) else { throw invalid("is a parameter without a tensor") }
      return data
    case "torch._tensor._rebuild_from_type_v2":
      guard items.count >= 3 else { throw invalid("lacks its parts") }
      return try rebuilt(by: items[0], items[2])
    case "torch.storage._load_from_bytes":
      return try unsupported("pickled by itself and not by torch.save")
    default: break
    }
    if global.module == "torch._utils" || global.module == "torch._tensor", global.name.hasPrefix("_rebuild_")
    {
      return try unsupported("of a kind that cannot be read (\(global.name))")
    }
    return try placeholder(of: callee, [arguments])
  }

  /// A tensor of a subclass: only what the ordinary functions make is looked into.
  private mutating func rebuilt(by callee: PickleValue, _ arguments: PickleValue) throws -> PickleValue {
    guard let inner = global(callee), inner.module == "torch._utils", inner.name != "_rebuild_from_type_v2"
    else {
      return try unsupported("of a class of its own")
    }
    return try result(of: callee, arguments: arguments)
  }

  /// What stands for the work of a class or function that is not known: its operands are kept, so that tensors among
  /// them are noticed.
  mutating func placeholder(of callee: PickleValue, _ operands: [PickleValue]) throws -> PickleValue {
    guard case .object(let place) = callee else {
      throw error(.pickleWrongOperand, "a class or function is expected, to be called")
    }
    switch objects[place].kind {
    case .global(let name): return .object(try self.place(.placeholder(name), operands))
    case .placeholder(let name): return .object(try self.place(.placeholder(name), operands + [callee]))
    default: throw error(.pickleWrongOperand, "a class or function is expected, to be called")
    }
  }

  /// What a persistent identifier stands for: a storage, or in old files a module's class.
  mutating func persistent(_ id: PickleValue) throws -> PickleValue {
    func wrong(_ problem: String) -> MISTError {
      error(.pytorchInvalidStorage, "a persistent identifier \(problem)")
    }
    guard let items = tuple(id), case .text(let kind)? = items.first else {
      throw wrong("must be a tuple that begins with its kind")
    }
    if kind == "module", items.count > 1 { return items[1] }
    guard kind == "storage", items.count == 5 || items.count == 6 else {
      throw wrong("must name a storage by its class, key, device and size")
    }
    guard let name = global(items[1]), let type = PyTorchElementType(storage: name) else {
      throw wrong("names a storage of a class that is not known")
    }
    guard let key = key(items[2]) else { throw wrong("must have a text as key") }
    guard case .int(let count) = items[4], count >= 0,
      case (_, let overflow) = count.multipliedReportingOverflow(by: type.size), !overflow
    else { throw wrong("must have a size between 0 and 2⁶³ bytes") }
    var view = 0..<count
    if items.count == 6, let parts = tuple(items[5]) {
      guard parts.count == 3, case .int(let start) = parts[1], case .int(let length) = parts[2], start >= 0,
        length >= 0, start <= count, length <= count - start
      else { throw wrong("describes a view that does not lie in its storage") }
      view = start..<start + length
    }
    return .object(try place(.storage(PyTorchStorage(key: key, type: type, count: count, view: view))))
  }

  /// `[storage, offset, size, strides, …]` as a checked view.
  private mutating func tensor(_ items: [PickleValue], dtype: DType?) throws -> PickleValue {
    guard items.count >= 4, case .object(let at) = items[0], case .storage(let storage) = objects[at].kind
    else {
      throw invalid("must begin with a storage")
    }
    guard case .int(let offset) = items[1], offset >= 0 else {
      throw invalid("must have an offset that is not negative")
    }
    guard let shape = integers(items[2]), let strides = integers(items[3]), shape.count == strides.count
    else {
      throw invalid("must have as many strides as dimensions, all of them integers")
    }
    guard shape.count <= PyTorchLimits.dimensions else {
      throw invalid("has \(shape.count) dimensions, more than the limit of \(PyTorchLimits.dimensions)")
    }
    guard shape.allSatisfy({ $0 >= 0 }) else { throw invalid("has a negative dimension") }
    guard strides.allSatisfy({ $0 >= 0 }) else { throw invalid("has a negative stride") }
    // The last part tells of conjugated and negated views, whose elements are not the storage's.
    let flags = dtype == nil ? 6 : 7
    if items.count > flags, case .object(let at) = items[flags], case .dictionary = objects[at].kind,
      objects[at].items.contains(where: { if case .bool(true) = $0 { true } else { false } })
    {
      return try unsupported("conjugated or negated without having been computed")
    }
    if case .unsupported(let name, _) = storage.type { return try unsupported("of \(name)") }
    guard let type = dtype ?? storage.type.dtype else { throw invalid("has a storage without a type") }
    let view = StridedView(shape: shape, strides: strides, elementSize: type.size)
    let bytes = (storage.view.lowerBound * storage.type.size)..<(storage.view.upperBound * storage.type.size)
    let extent: Range<Int>
    switch view.extent(from: offset, in: bytes) {
    case .success(let range): extent = range
    case .failure(let failure):
      throw error(
        failure == .overflow
          ? .pytorchShapeOverflow : failure == .expansion ? .pytorchExpansion : .pytorchTensorBounds,
        "a tensor of shape \(text(shape)) with strides \(text(strides)) at \(offset) \(failure.sentence(bytes.count / type.size))"
      )
    }
    return .object(
      try place(
        .tensor(PyTorchTensor(storage: storage, dtype: type, shape: shape, strides: strides, extent: extent)))
    )
  }

  private func invalid(_ problem: String) -> MISTError {
    error(.pytorchInvalidTensor, "a tensor \(problem)")
  }

  private mutating func unsupported(_ what: String) throws -> PickleValue {
    .object(try place(.unsupportedTensor(what)))
  }
}
