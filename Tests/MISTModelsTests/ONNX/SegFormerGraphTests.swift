import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// SegFormers that PyTorch exported: names, layout and configuration from the graph alone.
@Suite struct SegFormerGraphTests {
  private static let fixtures = [SegFormerFixture.hub, .encoder]

  private func plan(_ model: RewrittenModel) throws -> ConversionPlan {
    try Conversion(ModelSource(archive: model.recovered())).plan
  }

  private func refusal(_ model: RewrittenModel) -> MISTError? {
    #expect(throws: MISTError.self) { _ = try plan(model) }
  }

  /// Every encoder tensor of the exported model as the safetensors file has it.
  private func expectEncoder(_ recovered: RecoveredArchive, _ fixture: SegFormerFixture) throws {
    let expected = try convert(ModelSource(path: fixture.path)) { (try $0.modelHash(), try $0.segformer) }
    let found = try convert(ModelSource(archive: recovered)) { (try $0.modelHash(), try $0.segformer) }
    #expect(found.0 == expected.0)
    #expect(found.1.stages == expected.1.stages && found.1.epsilon == expected.1.epsilon)
    #expect(found.1.decodeHead?.width == expected.1.decodeHead?.width)
    #expect(found.1.decodeHead?.classes == expected.1.decodeHead?.classes)
  }

  @Test(arguments: fixtures) func asExported(_ fixture: SegFormerFixture) throws {
    let recovered = try RewrittenModel(fixture: fixture.folder).recovered()
    try expectEncoder(recovered, fixture)
    #expect(recovered.notes.contains { $0.contains("transposed") })
    #expect(recovered.tensors.allSatisfy { !ParameterName.isAnonymous($0.name) })
    let p = fixture.prefix + "stages.0.blocks.0.attention.q_proj"
    #expect(recovered.hints.attentions[p]?.heads == 1)
    let scale = try #require(recovered.hints.attentions[p]?.scale)
    #expect(abs(scale - 0.5) < 1e-6)
  }

  /// By biases and dataflow alone, as exporters before PyTorch 1.13 leave it.
  @Test(arguments: fixtures) func withoutScopes(_ fixture: SegFormerFixture) throws {
    try expectEncoder(RewrittenModel(fixture: fixture.folder).withoutScopes().recovered(), fixture)
  }

  /// By scopes alone: not one parameter keeps its name.
  @Test(arguments: fixtures) func withoutNames(_ fixture: SegFormerFixture) throws {
    try expectEncoder(RewrittenModel(fixture: fixture.folder).losingNames { _ in true }.recovered(), fixture)
  }

  /// The exporter folds the batch norm into the fuse convolution, which then has a bias.
  @Test func foldedBatchNorm() throws {
    let plan = try plan(RewrittenModel(fixture: "hf-segformer-hub"))
    #expect(try plan.segformer.decodeHead == .init(width: 12, classes: 7, batchNorm: false))
    #expect(plan.steps.contains { $0.destination.name == "decode_head.fuse.bias" })
    #expect(!plan.steps.contains { $0.destination.name.hasPrefix("decode_head.batch_norm") })
    // The same function as the unfolded head, which differs by rounding.
    func head(_ file: String) throws -> MergedDecodeHead {
      try convert(ModelSource(path: SegFormerFixture.hub.path + file)) { try MergedDecodeHead($0) }
    }
    let (a, b) = (try head("/model.onnx").parameters, try head("/model.safetensors").parameters)
    #expect(a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 2e-6 })
  }

  /// Exporters merge equal tensors and give the others' names to Identity nodes.
  @Test func identityKeepsBothNames() throws {
    let (kept, merged) = (
      "segformer.stages.0.blocks.0.layernorm_before.bias", "segformer.stages.0.blocks.1.mlp.fc2.bias"
    )
    let identity = ONNXGraph.Node(
      name: "Identity_0", opType: "Identity", domain: "", inputs: [kept], outputs: [merged], attributes: [:])
    let model = try RewrittenModel(fixture: "hf-segformer-hub").dropping(merged).prepending(identity)
    let recovered = try model.recovered()
    #expect(try recovered.bytes(merged) == recovered.bytes(kept))
    #expect(try plan(model).steps.count == plan(RewrittenModel(fixture: "hf-segformer-hub")).steps.count)
  }

  /// In an untrained model the folded bias is all zeros, as are others, and an Identity stands for it: not that one's name.
  @Test func anonymousTensorsBehindIdentity() throws {
    let model = try RewrittenModel(fixture: "hf-segformer-hub")
    let fuse = try #require(model.graph.nodes.first { $0.name == "/decode_head/linear_fuse/Conv" })
    let other = "decode_head.linear_projections.0.proj.bias"
    let identity = ONNXGraph.Node(
      name: "Identity_0", opType: "Identity", domain: "", inputs: [other], outputs: [fuse.inputs[2]],
      attributes: [:])
    let recovered = try model.dropping(fuse.inputs[2]).prepending(identity).recovered()
    #expect(try recovered.bytes("decode_head.linear_fuse.bias") == recovered.bytes(other))
    #expect(
      try recovered.bytes("decode_head.linear_fuse.weight")
        == model.recovered().bytes("decode_head.linear_fuse.weight"))
  }

  @Test func otherArithmeticIsRefused() throws {
    let model = try RewrittenModel(fixture: "hf-segformer-hub")
    for factor: Float in [0.98, 1.02, 0, .nan] {
      #expect(refusal(model.scalingScores(by: factor))?.code == .convertAttentionScale)
    }
    for made in ["Tanh", "Sigmoid"] {
      #expect(refusal(model.replacing(operator: "Erf", by: made))?.code == .convertActivation)
    }
    func conv(_ part: String) -> (ONNXGraph.Node) -> Bool {
      { $0.opType == "Conv" && $0.name.contains(part) }
    }
    let changes: [(String, ONNXGraph.Attribute, String)] = [
      ("pads", .ints([3, 3, 2, 2]), "stages.0/patch_embeddings"),
      ("strides", .ints([2, 3]), "stages.1/patch_embeddings"),
      ("dilations", .ints([2, 2]), "stages.2/patch_embeddings"),
      ("auto_pad", .string("SAME_UPPER"), "stages.3/patch_embeddings"),
      ("pads", .ints([1, 1, 1, 1]), "stages.0/blocks.1/attention/sequence_reduction"),
      ("strides", .ints([4, 4]), "stages.0/blocks.0/attention/sequence_reduction"),
      ("group", .int(1), "stages.2/blocks.1/mlp/dwconv"),
      ("pads", .ints([0, 0, 0, 0]), "stages.3/blocks.0/mlp/dwconv"),
      ("strides", .ints([2, 2]), "linear_fuse"),
    ]
    for (name, value, part) in changes {
      let error = refusal(model.setting(name, to: value, where: conv(part)))
      #expect(error?.code == .convertGraphMismatch, "\(part) \(name)")
      #expect(
        error?.place?.contains(part.replacingOccurrences(of: "/", with: ".")) == true,
        "\(part): \(error?.place ?? "-")")
    }
  }

  @Test func otherDecodeHeadsAreRefused() throws {
    let model = try RewrittenModel(fixture: "hf-segformer-hub")
    func isResize(_ node: ONNXGraph.Node) -> Bool { node.opType == "Resize" }
    let refused = [
      model.setting("coordinate_transformation_mode", to: .string("align_corners"), where: isResize),
      model.setting("mode", to: .string("nearest"), where: isResize),
      model.replacing(operator: "Relu", by: "Sigmoid"),
      model.reversingInputs { $0.opType == "Concat" && $0.inputs.allSatisfy { $0.contains("Resize") } },
      model.setting("axis", to: .int(0)) {
        $0.opType == "Concat" && $0.inputs.allSatisfy { $0.contains("Resize") }
      },
    ]
    for changed in refused {
      let error = refusal(changed)
      #expect(error?.code == .convertGraphMismatch && error?.place == "module 'decode_head.linear_fuse'")
    }
  }

  /// The epsilon of each kind of norm is the graph's own; a kind whose norms differ is refused.
  @Test func epsilonsBySite() throws {
    let model = try RewrittenModel(fixture: "hf-segformer-hub")
    func norms(_ part: String) -> (ONNXGraph.Node) -> Bool {
      { $0.opType == "LayerNormalization" && $0.name.contains(part) }
    }
    var c = try plan(
      model.setting("epsilon", to: .float(1e-6), where: norms("sequence_reduction"))
        .setting("epsilon", to: .float(1e-3), where: norms("patch_embeddings"))
    ).segformer
    #expect(c.epsilon.reduction == 1e-6 && c.epsilon.patch == 1e-3 && c.epsilon.block == 1e-5)
    c = try plan(
      model.setting("epsilon", to: .float(1e-6)) {
        $0.opType == "LayerNormalization" && !$0.name.contains("patch") && !$0.name.contains("sequence")
      }
    ).segformer
    #expect(c.epsilon.block == 1e-6 && c.epsilon.stage == 1e-6 && c.epsilon.patch == 1e-5)
    #expect(
      refusal(model.setting("epsilon", to: .float(1e-6), where: norms("stages.1/blocks.0/")))?.code
        == .convertUnsupportedModel)
  }

  /// A graph of a fixed size says what to resize to.
  @Test func inputSize() throws {
    #expect(
      try plan(RewrittenModel(fixture: "hf-segformer-hub")).preprocessing.resize
        == .exact(height: 64, width: 64))
    #expect(
      try plan(RewrittenModel(fixture: "hf-segformer-encoder")).preprocessing.resize
        == .exact(height: 512, width: 512))
  }
}
