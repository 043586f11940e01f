import MISTFormats
import TestSupport

@testable import MISTModels

/// An exported model whose names a test changes, as other exporters and simplifiers do.
struct RewrittenModel {
  var archive: any TensorArchive
  var graph: ONNXGraph

  /// A model of `Fixtures/vit`, or of `Fixtures/segformer`.
  init(fixture: String) throws {
    let folder = fixture.hasPrefix("hf-segformer") ? "segformer" : "vit"
    let onnx = try ONNXArchive(path: Fixture.path("\(folder)/\(fixture)/model.onnx"))
    (archive, graph) = (onnx, onnx.graph)
  }

  init(archive: any TensorArchive, graph: ONNXGraph) { (self.archive, self.graph) = (archive, graph) }

  func recovered() throws -> RecoveredArchive { try RecoveredArchive(archive: archive, graph: graph) }

  /// The model with every value and tensor renamed by `rename`, and every node by `node`.
  func renaming(
    _ rename: (String) -> String, node: (Int, ONNXGraph.Node) -> String = { $1.name }
  ) -> RewrittenModel {
    let nodes = graph.nodes.enumerated().map { i, n in
      ONNXGraph.Node(
        name: node(i, n), opType: n.opType, domain: n.domain, inputs: n.inputs.map(rename),
        outputs: n.outputs.map(rename),
        attributes: n.attributes.mapValues { if case .tensor(let t) = $0 { .tensor(rename(t)) } else { $0 } })
    }
    return RewrittenModel(
      archive: RenamedArchive(
        archive, names: Dictionary(uniqueKeysWithValues: archive.tensors.map { (rename($0.name), $0.name) })),
      graph: with(nodes: nodes, initializers: graph.initializers.map(rename)))
  }

  /// As exporters before PyTorch 1.13 write it: numbers for values, no scope in any name.
  func withoutScopes() -> RewrittenModel {
    let made = graph.nodes.flatMap(\.outputs) + graph.initializers
    var numbers: [String: String] = [:]
    for (i, name) in made.enumerated() where ParameterName.isAnonymous(name) {
      numbers[name] = String(100_000 + i)
    }
    return renaming({ numbers[$0] ?? $0 }, node: { "\($1.opType)_\($0)" })
  }

  /// Every initialiser that `isLost` says without its name.
  func losingNames(_ isLost: (String) -> Bool) -> RewrittenModel {
    var lost: [String: String] = [:]
    for (i, name) in graph.initializers.enumerated() where isLost(name) { lost[name] = "onnx::Lost_\(i)" }
    return renaming { lost[$0] ?? $0 }
  }

  /// Every read of value `old` turned into one of `new`.
  func reading(_ new: String, insteadOf old: String) -> RewrittenModel {
    let nodes = graph.nodes.map { n in
      ONNXGraph.Node(
        name: n.name, opType: n.opType, domain: n.domain, inputs: n.inputs.map { $0 == old ? new : $0 },
        outputs: n.outputs, attributes: n.attributes)
    }
    return RewrittenModel(archive: archive, graph: with(nodes: nodes, initializers: graph.initializers))
  }

  /// The model without initialiser `name`, which nothing may read any more.
  func dropping(_ name: String) -> RewrittenModel {
    let kept = Dictionary(
      uniqueKeysWithValues: archive.tensors.map { ($0.name, $0.name) }.filter { $0.0 != name })
    return RewrittenModel(
      archive: RenamedArchive(archive, names: kept),
      graph: with(nodes: graph.nodes, initializers: graph.initializers.filter { $0 != name }))
  }

  /// The model with `node` before all others.
  func prepending(_ node: ONNXGraph.Node) -> RewrittenModel {
    RewrittenModel(
      archive: archive, graph: with(nodes: [node] + graph.nodes, initializers: graph.initializers))
  }

  /// The model with an attribute of the nodes that `isMeant` says set to `value`.
  func setting(
    _ name: String, to value: ONNXGraph.Attribute, where isMeant: (ONNXGraph.Node) -> Bool
  ) -> RewrittenModel {
    let nodes = graph.nodes.map { n in
      ONNXGraph.Node(
        name: n.name, opType: n.opType, domain: n.domain, inputs: n.inputs, outputs: n.outputs,
        attributes: isMeant(n) ? n.attributes.merging([name: value]) { $1 } : n.attributes)
    }
    return RewrittenModel(archive: archive, graph: with(nodes: nodes, initializers: graph.initializers))
  }

  /// The model with the inputs of the node that `isMeant` says in reverse order.
  func reversingInputs(where isMeant: (ONNXGraph.Node) -> Bool) -> RewrittenModel {
    let nodes = graph.nodes.map { n in
      ONNXGraph.Node(
        name: n.name, opType: n.opType, domain: n.domain, inputs: isMeant(n) ? n.inputs.reversed() : n.inputs,
        outputs: n.outputs, attributes: n.attributes)
    }
    return RewrittenModel(archive: archive, graph: with(nodes: nodes, initializers: graph.initializers))
  }

  /// The model with every operator `old` turned into `new`.
  func replacing(operator old: String, by new: String) -> RewrittenModel {
    replacing { $0.opType == old ? new : $0.opType }
  }

  /// The model with node `name` turned into operator `new`.
  func replacing(_ name: String, operator new: String) -> RewrittenModel {
    replacing { $0.name == name ? new : $0.opType }
  }

  private func replacing(_ operators: (ONNXGraph.Node) -> String) -> RewrittenModel {
    let nodes = graph.nodes.map { n in
      ONNXGraph.Node(
        name: n.name, opType: operators(n), domain: n.domain, inputs: n.inputs,
        outputs: n.outputs, attributes: n.attributes)
    }
    return RewrittenModel(archive: archive, graph: with(nodes: nodes, initializers: graph.initializers))
  }

  /// The model with what every softmax reads multiplied by `factor`.
  func scalingScores(by factor: Float) -> RewrittenModel {
    var nodes = [
      ONNXGraph.Node(
        name: "/factor", opType: "Constant", domain: "", inputs: [], outputs: ["/factor"],
        attributes: ["value_float": .float(factor)])
    ]
    for n in graph.nodes {
      guard n.opType == "Softmax", let scores = n.inputs.first else {
        nodes.append(n)
        continue
      }
      let scaled = scores + "/scaled"
      nodes.append(
        ONNXGraph.Node(
          name: scaled, opType: "Mul", domain: "", inputs: [scores, "/factor"], outputs: [scaled],
          attributes: [:]))
      nodes.append(
        ONNXGraph.Node(
          name: n.name, opType: n.opType, domain: n.domain, inputs: [scaled], outputs: n.outputs,
          attributes: n.attributes))
    }
    return RewrittenModel(archive: archive, graph: with(nodes: nodes, initializers: graph.initializers))
  }

  private func with(nodes: [ONNXGraph.Node], initializers: [String]) -> ONNXGraph {
    ONNXGraph(
      producer: graph.producer, opset: graph.opset, nodes: nodes, inputs: graph.inputs,
      outputs: graph.outputs,
      initializers: initializers)
  }
}

/// The tensors of another archive under other names.
private struct RenamedArchive: TensorArchive {
  let base: any TensorArchive
  /// New name → the base's name.
  let names: [String: String]
  let tensors: [TensorInfo]
  var path: String { base.path }
  var format: String { base.format }
  var metadata: [String: String] { base.metadata }

  init(_ base: any TensorArchive, names: [String: String]) {
    self.base = base
    self.names = names
    let reversed = Dictionary(uniqueKeysWithValues: names.map { ($1, $0) })
    tensors = base.tensors.compactMap { old in
      reversed[old.name].map { TensorInfo(name: $0, dtype: old.dtype, shape: old.shape) }
    }
  }

  func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    try base.withBytes(of: names[name] ?? name, body)
  }
}
