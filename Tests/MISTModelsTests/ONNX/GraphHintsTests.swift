import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

struct GraphHintsTests {
  private func hints(_ fixture: String) throws -> GraphHints {
    try RecoveredArchive(ONNXArchive(path: Fixture.path("vit/\(fixture)/model.onnx"))).hints
  }

  @Test(arguments: [
    "timm-vit", "timm-dinov2-reg", "timm-prenorm", "hf-vit", "hf-dinov2", "hf-dinov2-registers",
  ])
  func geometry(_ fixture: String) throws {
    let hints = try hints(fixture)
    #expect(hints.heads == 3)
    #expect(hints.patchSize == 8)
    #expect(hints.inputSize == [32, 32])
    #expect(!hints.normalizesInput)
    if let scale = hints.attentionScale { #expect(abs(scale * Float(8).squareRoot() - 1) < 1e-6) }
  }

  @Test func activations() throws {
    #expect(try hints("timm-vit").activation == .geluErf)
    #expect(try hints("hf-dinov2").activation == .geluErf)
    #expect(try hints("timm-dinov2-reg").activation == .silu)
  }

  /// LayerNormalization nodes (opset 17), and the arithmetic that older opsets write instead.
  @Test func epsilons() throws {
    let blocks = (0..<3).flatMap { ["blocks.\($0).norm1", "blocks.\($0).norm2"] }
    #expect(
      try hints("timm-vit").epsilons
        == Dictionary(uniqueKeysWithValues: (blocks + ["norm"]).map { ($0, 1e-6) }))
    #expect(try hints("timm-prenorm").epsilons.count == 8)
    let layers =
      (0..<3).flatMap { ["layers.\($0).layernorm_before", "layers.\($0).layernorm_after"] } + ["layernorm"]
    #expect(try hints("hf-vit").epsilons == Dictionary(uniqueKeysWithValues: layers.map { ($0, 1e-12) }))
  }

  @Test func positionGridIsTheTrainedOne() throws {
    #expect(try hints("hf-dinov2").positionGrid == [4, 4])
  }

  /// A scale written into the graph is not the patch embedding's, and must not be taken for a parameter.
  @Test func inputNormalisation() throws {
    var model = try FoldedEmbeddingTests.model(FoldedEmbeddingTests.named)
    model = model.reading("scaled", insteadOf: "image").prepending(
      ONNXGraph.Node(
        name: "/Mul", opType: "Mul", domain: "", inputs: ["image", "onnx::Mul_1"], outputs: ["scaled"],
        attributes: [:]))
    var archive = try #require(model.archive as? MemoryArchive)
    archive.addCounting("onnx::Mul_1", [1, 3, 1, 1])
    model.archive = archive
    let recovered = try model.recovered()
    #expect(recovered.hints.normalizesInput)
    #expect(recovered.unused == ["onnx::Mul_1"])
  }
}
