/// Finds the weights in what a checkpoint's pickle describes, and names them by their keys.
///
/// Checkpoints wrap their state dict in dictionaries and put training state beside it. As long as a dictionary has just
/// one entry with weights, which is a dictionary or list itself, that entry is gone into and its key is no part of the names:
/// a state dict's names are its own. Where several entries have weights, each name begins with its entry's key.
struct PyTorchWeights {
  private let objects: [PickleObject]
  /// Whether any tensor is reached through an object, by its place.
  private let hasTensors: [Bool]
  private var entries = 0
  private var names: Set<String> = []

  private(set) var tensors: [(name: String, tensor: PyTorchTensor)] = []
  /// Keys that led to the weights, joined by dots.
  private(set) var path = ""
  /// What lies beside the weights and has tensors too, by path.
  private(set) var leftOut: [String] = []

  /// Searches below `root`. Errors do not name the file.
  init(_ root: PickleValue, in objects: [PickleObject]) throws {
    self.objects = objects
    hasTensors = PickleObject.reachingTensors(objects)
    var node = root
    var depth = 0
    while true {
      guard case .object(let place) = node, hasTensors[place] else { throw Self.noTensors() }
      if case .placeholder(let name) = objects[place].kind { throw objectError(name, at: path) }
      guard isContainer(place) else {
        try collect([("tensor", node)])
        return
      }
      let children = try weights(in: place)
      guard children.count == 1, let child = children.first, case .object(let inner) = child.value,
        isContainer(inner)
      else {
        try collect(children)
        return
      }
      depth += 1
      guard depth <= PyTorchLimits.nesting else { throw tooDeep(path) }
      path = join(path, child.key)
      node = child.value
    }
  }

  private typealias Child = (key: String, value: PickleValue)

  /// The entries of a wrapper that have weights; notes the others that have tensors.
  private mutating func weights(in place: Int) throws -> [Child] {
    let all = try children(of: place, at: path)
    func isContainer(_ child: Child) -> Bool { object(child.value).map { self.isContainer($0) } ?? false }
    func isTrainingState(_ child: Child) -> Bool { TrainingState.keys.contains(child.key.lowercased()) }
    var kept = all.filter { !isTrainingState($0) || !isContainer($0) }
    if kept.contains(where: isContainer) {
      // This is a wrapper. A pickled object beside a dictionary of weights, such as an averaged model, is not needed.
      kept.removeAll { child in
        if let place = object(child.value), case .placeholder = objects[place].kind { return true }
        return isTrainingState(child)
      }
    }
    // What is called like training state but stands alone may be all that the file is about.
    guard !kept.isEmpty else { return all }
    let keys = Set(kept.map(\.key))
    leftOut += all.filter { !keys.contains($0.key) }.map { join(path, $0.key) }
    return kept
  }

  /// Adds every tensor below `children`, in order.
  private mutating func collect(_ children: [Child]) throws {
    // Explicit, because the depth is the file's to choose: what is still to be visited, the next one last.
    var pending = children.reversed().map { (name: $0.key, value: $0.value, depth: 0) }
    while let item = pending.popLast() {
      guard let place = object(item.value) else { continue }
      switch objects[place].kind {
      case .tensor(let tensor): try add(item.name, tensor)
      case .unsupportedTensor(let why):
        throw MISTError(
          .pytorchUnsupportedTensor, at: "tensor \(quoted(item.name))", "this is a tensor \(why)",
          advice: "convert or remove it with PyTorch, and save the state dict again")
      case .placeholder(let name): throw objectError(name, at: item.name)
      default:
        guard item.depth < PyTorchLimits.nesting else { throw tooDeep(item.name) }
        for child in try self.children(of: place, at: item.name).reversed() {
          pending.append((join(item.name, child.key), child.value, item.depth + 1))
        }
      }
    }
    guard !tensors.isEmpty else { throw Self.noTensors() }
  }

  private mutating func add(_ name: String, _ tensor: PyTorchTensor) throws {
    guard tensors.count < PyTorchLimits.tensors else {
      throw MISTError(
        .pytorchTooManyTensors, "there are more than \(PyTorchLimits.tensors) tensors among the weights")
    }
    guard names.insert(name).inserted else {
      throw MISTError(
        .pytorchDuplicateTensor, at: "tensor \(quoted(name))", "the checkpoint has two tensors of this name")
    }
    tensors.append((name, tensor))
  }

  /// The entries of a container through which tensors are reached.
  private mutating func children(of place: Int, at path: String) throws -> [Child] {
    let object = objects[place]
    entries += object.items.count
    guard entries <= PyTorchLimits.entries else {
      throw MISTError(
        .pytorchTooManyTensors, "more than \(PyTorchLimits.entries) entries are to be searched for weights")
    }
    guard case .dictionary = object.kind else {
      return try object.items.enumerated().filter { leads($0.element) }
        .map { (try checked(String($0.offset), path), $0.element) }
    }
    var found: [Child] = []
    for pair in stride(from: 0, to: object.items.count - 1, by: 2) where leads(object.items[pair + 1]) {
      switch object.items[pair] {
      case .text(let key): found.append((try checked(key, path), object.items[pair + 1]))
      case .int(let key): found.append((try checked(String(key), path), object.items[pair + 1]))
      default:
        throw MISTError(
          .pytorchInvalidKey, at: path.isEmpty ? nil : "entry \(quoted(path))",
          "a tensor's key is neither text nor an integer")
      }
    }
    return found
  }

  private func checked(_ key: String, _ path: String) throws -> String {
    guard path.utf8.count + key.utf8.count < PyTorchLimits.name else {
      throw MISTError(
        .pytorchInvalidKey, at: "tensor \(quoted(join(path, key)))",
        "its name has more than \(PyTorchLimits.name) bytes")
    }
    return key
  }

  private func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : path + "." + key }

  private func object(_ value: PickleValue) -> Int? {
    guard case .object(let place) = value else { return nil }
    return place
  }

  private func leads(_ value: PickleValue) -> Bool { object(value).map { hasTensors[$0] } ?? false }

  private func isContainer(_ place: Int) -> Bool {
    switch objects[place].kind {
    case .dictionary, .list, .tuple: true
    default: false
    }
  }

  private static func noTensors() -> MISTError {
    MISTError(
      .pytorchNoTensors, "the checkpoint holds no tensors",
      advice: "the weights may be in another file; optimizer and scheduler states are often saved beside them"
    )
  }

  private func tooDeep(_ path: String) -> MISTError {
    MISTError(
      .pytorchNestedTooDeep, at: "entry \(quoted(path))",
      "dictionaries and lists are nested more than \(PyTorchLimits.nesting) deep above a tensor")
  }

  private func objectError(_ name: PickleGlobal, at path: String) -> MISTError {
    MISTError(
      .pytorchPickledObject, at: path.isEmpty ? nil : "entry \(quoted(path))",
      "tensors are inside an object of class \(quoted(name.text)), which only that class's code could read",
      advice: "save the model's state dict instead: torch.save(model.state_dict(), path)")
  }
}
