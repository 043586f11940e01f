import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// Graphs that keep every name and compute something else: each is refused.
struct OtherFunctionTests {
  private static let fixtures = ["timm-vit", "hf-vit", "hf-dinov2", "hf-segformer-hub"]

  private func refusal(_ model: RewrittenModel) -> MISTError? {
    #expect(throws: MISTError.self) { _ = try Conversion(ModelSource(archive: model.recovered())) }
  }

  /// The last Mul of each GELU, and what it is a function of, turned into another operator on that.
  private func replacingGELU(in model: RewrittenModel, by new: String) throws -> RewrittenModel {
    let graph = model.graph
    let makers = Dictionary(
      graph.nodes.flatMap { n in n.outputs.map { ($0, n) } }, uniquingKeysWith: { first, _ in first })
    var inputs: [String: String] = [:]  // the last Mul's name → the activation's input
    for erf in graph.nodes where erf.opType == "Erf" {
      let x = try #require(erf.inputs.first.flatMap { makers[$0] }?.inputs.first)
      var value = try #require(erf.outputs.first)
      for _ in 0..<3 {
        let next = try #require(graph.nodes.first { $0.inputs.contains(value) })
        inputs[next.name] = x
        value = try #require(next.outputs.first)
      }
      // Only the last of the three is replaced.
      for node in graph.nodes
      where inputs[node.name] == x && node.outputs.first != value { inputs[node.name] = nil }
    }
    #expect(!inputs.isEmpty)
    let nodes = graph.nodes.map { n in
      inputs[n.name].map { x in
        ONNXGraph.Node(
          name: n.name, opType: new, domain: "", inputs: [x], outputs: n.outputs, attributes: [:])
      } ?? n
    }
    return RewrittenModel(
      archive: model.archive,
      graph: ONNXGraph(
        producer: graph.producer, opset: graph.opset, nodes: nodes, inputs: graph.inputs,
        outputs: graph.outputs, initializers: graph.initializers))
  }

  @Test(arguments: fixtures, ["Relu", "LeakyRelu", "Elu", "HardSwish", "Identity"])
  func activation(_ fixture: String, _ other: String) throws {
    let error = refusal(try replacingGELU(in: RewrittenModel(fixture: fixture), by: other))
    #expect(error?.code == .convertActivation, "\(String(describing: error))")
  }

  @Test(arguments: [
    ("strides", ONNXGraph.Attribute.ints([4, 4])), ("pads", .ints([1, 1, 1, 1])),
    ("dilations", .ints([2, 2])), ("group", .int(3)), ("auto_pad", .string("SAME_UPPER")),
  ])
  func patchConvolution(_ name: String, _ value: ONNXGraph.Attribute) throws {
    let model = try RewrittenModel(fixture: "timm-vit")
    #expect(refusal(model.setting(name, to: value) { $0.opType == "Conv" })?.code == .onnxUnknownStructure)
  }

  @Test(arguments: ["timm-vit", "hf-segformer-hub"], [1, 2])
  func softmaxAxis(_ fixture: String, _ axis: Int) throws {
    let model = try RewrittenModel(fixture: fixture).setting("axis", to: .int(axis)) {
      $0.opType == "Softmax"
    }
    #expect(refusal(model)?.problem.contains("a softmax over the keys") == true)
  }

  /// Every Transpose of heads, keys and maps in another order.
  @Test(arguments: ["timm-vit", "hf-segformer-hub"]) func transposes(_ fixture: String) throws {
    let model = try RewrittenModel(fixture: fixture)
    // One head alone is joined the same way in either order.
    for node in model.graph.nodes
    where node.opType == "Transpose" && !node.name.contains("stages.0/blocks") {
      guard case .ints(var order)? = node.attributes["perm"], order.count > 3 else { continue }
      order.swapAt(1, 2)
      _ = refusal(model.setting("perm", to: .ints(order)) { $0.name == node.name })
    }
  }

  /// Every sum of two computed values that is a product, and tokens joined in another order.
  @Test(arguments: ["timm-vit", "hf-dinov2", "hf-segformer-hub"])
  func otherOperators(_ fixture: String) throws {
    let model = try RewrittenModel(fixture: fixture)
    let stored = Set(model.graph.initializers)
    for node in model.graph.nodes
    where node.opType == "Add" && stored.isDisjoint(with: node.inputs) && !node.name.contains("embeddings") {
      _ = refusal(model.replacing(node.name, operator: "Mul"))
    }
    guard fixture != "hf-segformer-hub" else { return }
    let tokens = model.graph.nodes.first {
      $0.opType == "Concat" && $0.inputs.count == 2 && $0.attributes["axis"] == .int(1)
    }
    let joined = try #require(tokens)
    #expect(refusal(model.reversingInputs { $0.name == joined.name })?.code == .onnxUnknownStructure)
  }

  /// onnxsim makes one product of query, key and value where a SegFormer reduces nothing: the same tensors.
  @Test func oneProductForQueryKeyAndValue() throws {
    func bytes(_ file: String) throws -> [String: [UInt8]] {
      let archive = try ONNXArchive(path: Fixture.path("malformed/onnx-names/\(file).onnx"))
      let places = try StructureRecovery(archive: archive, graph: archive.graph).places
      return try Dictionary(uniqueKeysWithValues: places.tensors.map { ($0.name, try places.bytes($0.name)) })
    }
    let merged = try bytes("valid-merged")
    #expect(try merged == bytes("valid-dataflow") && merged["stages.0.blocks.0.attn.kv.bias"] != nil)
    #expect(
      try Conversion(ModelSource(path: Fixture.path("malformed/onnx-names/valid-merged.onnx"))).plan
        .convention
        == "onnx-dataflow")
  }
}
