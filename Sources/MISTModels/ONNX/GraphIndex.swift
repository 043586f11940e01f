import MISTFormats

/// Who makes and who reads each value of a graph, and which values are stored tensors.
struct GraphIndex {
  /// A stored tensor as one node's input reads it.
  struct Constant {
    /// The value's name at the reading node.
    let value: String
    /// The archive's name of the tensor behind it.
    let tensor: TensorInfo
  }

  let graph: ONNXGraph
  let archive: any TensorArchive
  /// The tensors that values can be: initialisers and the results of Constant nodes.
  let infos: [String: TensorInfo]
  /// Value → the node that makes it.
  private let producers: [String: Int]
  /// Value → the nodes that read it, in file order.
  private let consumers: [String: [Int]]
  /// Output of an Identity or Constant node → the value or tensor it stands for.
  private let aliases: [String: String]

  init(archive: any TensorArchive, graph: ONNXGraph) throws {
    self.archive = archive
    self.graph = graph
    var infos = Dictionary(archive.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var producers: [String: Int] = [:]
    var consumers: [String: [Int]] = [:]
    var aliases: [String: String] = [:]
    let initializers = Set(graph.initializers)
    for (i, node) in graph.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        guard !initializers.contains(output), producers.updateValue(i, forKey: output) == nil else {
          throw MISTError(
            .onnxDuplicateValue, file: archive.path, at: "node \(node.name)",
            "value \(output) has two sources, ONNX allows one", advice: "check the model with onnx.checker")
        }
      }
      for input in Set(node.inputs) where !input.isEmpty { consumers[input, default: []].append(i) }
      for case .tensor(let name) in node.attributes.values where node.opType != "Constant" {
        infos[name] = nil
      }
      guard let output = node.outputs.first else { continue }
      switch (node.opType, node.inputs.first, node.attributes["value"]) {
      case ("Identity", let input?, _): aliases[output] = input
      case ("Constant", _, .tensor(let name)) where name != output: aliases[output] = name
      default: break
      }
    }
    try Self.checkChains(aliases, archive.path)
    self.infos = infos
    self.producers = producers
    self.consumers = consumers
    self.aliases = aliases
  }

  func producer(of value: String) -> Int? { producers[value] }
  func readers(of value: String) -> [Int] { consumers[value] ?? [] }
  func node(making value: String) -> ONNXGraph.Node? { producers[value].map { graph.nodes[$0] } }

  /// The only node that reads `value`, or nil when there are several or none.
  func soleReader(of value: String?) -> Int? {
    guard let value, let list = consumers[value], list.count == 1 else { return nil }
    return list[0]
  }

  /// Most Identity nodes one behind another. Exporters write one or two, and every reader of a value walks them.
  static let longestChain = 64

  /// Throws `onnx.identity-chain` for a longer chain. A ring, which breaks ONNX's order, is one too.
  private static func checkChains(_ aliases: [String: String], _ path: String) throws {
    // Names whose chains are known to end in time: each is walked once.
    var lengths: [String: Int] = [:]
    for start in aliases.keys {
      var walked: [String] = []
      var next = start
      while lengths[next] == nil, walked.count <= longestChain, let target = aliases[next] {
        walked.append(next)
        next = target
      }
      var length = lengths[next] ?? 0
      for name in walked.reversed() {
        length += 1
        lengths[name] = length
      }
      guard length <= longestChain else {
        throw MISTError(
          .onnxIdentityChain, file: path,
          "more than \(longestChain) Identity nodes stand one behind another",
          advice: "simplify the graph, as with onnxsim")
      }
    }
  }

  /// `value` and what it stands for through Identity nodes, nearest first. Ends at a tensor or at a computed value.
  func chain(_ value: String) -> [String] {
    var names = [value]
    while let next = aliases[names[names.count - 1]] { names.append(next) }
    return names
  }

  /// The stored tensor that `value` is, or nil when it is computed.
  func constant(_ value: String?) -> Constant? {
    guard let value, let last = chain(value).last, let info = infos[last] else { return nil }
    return Constant(value: value, tensor: info)
  }

  /// Whether `value` is the transpose of a stored matrix, as exports without constant folding write it.
  func isTransposed(_ value: String) -> Bool {
    guard let node = node(making: value), node.opType == "Transpose",
      constant(node.inputs.first)?.tensor.shape.count == 2
    else { return false }
    return node.attributes["perm"] == nil || node.attributes["perm"] == .ints([1, 0])
  }

  /// The parameter name nearest to the reading node: an Identity output's own name before the name of the equal
  /// tensor that it stands for.
  func parameterName(_ value: String) -> String? {
    chain(value).first { !ParameterName.isAnonymous($0) }
  }

  /// Whether nodes other than Identity read the named value more than once.
  func isShared(_ name: String) -> Bool {
    readers(of: name).filter { graph.nodes[$0].opType != "Identity" }.count > 1
  }

  /// Whether `name`, the parameter name found for what a node reads as `value`, says nothing about that node: several
  /// read it, or it is reached through an Identity that stands for another tensor of equal values.
  func isShared(_ name: String, at value: String) -> Bool { value != name || isShared(name) }

  /// Nodes from which `value` is computed, the one that makes it included.
  func ancestors(of value: String) -> Set<Int> {
    var found: Set<Int> = []
    var pending = [value]
    while let next = pending.popLast() {
      guard let i = producers[next], found.insert(i).inserted else { continue }
      pending += graph.nodes[i].inputs
    }
    return found
  }

  /// Nodes that compute with the elements of `value`, directly or not; those that only ask for its shape are left out.
  func descendants(of value: String) -> Set<Int> {
    var found: Set<Int> = []
    var pending = [value]
    while let next = pending.popLast() {
      for i in readers(of: next) where graph.nodes[i].opType != "Shape" && found.insert(i).inserted {
        pending += graph.nodes[i].outputs
      }
    }
    return found
  }
}
