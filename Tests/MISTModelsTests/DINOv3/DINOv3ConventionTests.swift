import Foundation
import MISTEdge
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

@Suite struct DINOv3ConventionTests {
  @Test(arguments: DINOv3Fixture.all) func namesAndFilesSayTheModel(_ fixture: DINOv3Fixture) throws {
    let plan = try Conversion(ModelSource(path: fixture.path)).plan
    #expect(plan.convention == fixture.convention)
    let c = try plan.dinov3
    let expected = DINOv3Configuration(
      width: 24, depth: 3, heads: 3, mlpWidth: 96, mlp: fixture.isGated ? .swiglu : .gelu, patchSize: 8,
      imageSize: fixture.isFacebooks ? [256, 256] : [32, 32], registerTokens: 4,
      queryValueBias: !["timm", "timm-plus"].contains(fixture.folder), storedPeriods: fixture.isFacebooks)
    #expect(c == expected)
  }

  @Test func everyTableNamesEachCanonicalTensorOnce() throws {
    for convention in Convention.all where convention.family is Convention.DINOv3Defaults {
      let isGated = ["swiglu", "gated"].contains { convention.name.contains($0) }
      let kinds: [TransformerMLP] =
        convention.name == "dinov3" ? [.gelu, .swiglu] : [isGated ? .swiglu : .gelu]
      for mlp in kinds {
        let c = DINOv3Configuration(
          width: 24, depth: 2, heads: 3, mlpWidth: 48, mlp: mlp, queryValueBias: true, storedPeriods: true)
        let table = NameTable(canonical: convention)
        for (name, _) in c.tensors {
          let rows = table.matches(name).filter {
            c.holds(convention.rows[$0.entry.row].presence, at: $0.index)
          }
          #expect(rows.count == 1, "\(convention.name) \(name)")
        }
      }
    }
  }

  @Test(arguments: DINOv3Fixture.all) func graphsGiveTheSameModel(_ fixture: DINOv3Fixture) throws {
    let known = try convert(ModelSource(path: fixture.path)) { try $0.modelHash() }
    for graph in fixture.graphs {
      let source = try ModelSource(path: fixture.path + "/\(graph).onnx")
      #expect((source.recovered?.canonical == nil) == (graph == "model" && fixture.folder != "timm-qkvb"))
      #expect(try convert(source) { try $0.modelHash() } == known)
    }
  }

  /// The TorchScript exporter leaves the arithmetic of the angles in the graph, the newer one tables.
  @Test(arguments: DINOv3Fixture.all) func graphsShowTheRotations(_ fixture: DINOv3Fixture) throws {
    let angles = DINOv3Configuration.angles(on: MapSize(height: 4, width: 4), periods: [1, 10])
    let whole = (0..<16).flatMap { patch in
      let own = angles[patch * 4..<patch * 4 + 4]
      return own + own
    }
    for graph in fixture.graphs {
      let recovered = try #require(ModelSource(path: fixture.path + "/\(graph).onnx").recovered)
      let rotation = try #require(recovered.hints.rotations.first)
      #expect(recovered.hints.rotations.count == 1 && !recovered.hints.hasUnequalRotations)
      #expect(rotation.prefix == 5 || rotation.prefix == nil)
      #expect(rotation.grid == [4, 4] && rotation.cosine.count == whole.count)
      #expect(zip(rotation.cosine, whole).allSatisfy { abs($0 - cos($1)) < 1e-5 })
      #expect(zip(rotation.sine, whole).allSatisfy { abs($0 - sin($1)) < 1e-5 })
    }
  }

  /// timm's classifier reads the mean of the patches unless told otherwise.
  @Test func classifiersAreKept() throws {
    let archive = try DINOv3Fixture.named("timm").archive()
      .adding("head.weight", as: "blocks.0.attn.proj.weight").adding("head.bias", as: "norm.bias")
    let plan = try Conversion(ModelSource(archive: archive), options: bareOptions()).plan
    #expect(try plan.dinov3.classifier == ImageClassifier(classes: 24, input: .mean))
    #expect(throws: MISTError.self) {
      try Conversion(ModelSource(archive: archive), options: bareOptions()).plan(for: .hf)
    }
  }

  @Test func biasesOfKeysMustBeMaskedOrZero() throws {
    let archive = try DINOv3Fixture.named("hub").archive()
    let (bias, mask) = ("blocks.1.attn.qkv.bias", "blocks.1.attn.qkv.bias_mask")
    #expect(planError(archive.dropping(mask))?.code == .convertUnsupportedModel)
    let all = archive.setting(mask, to: .init(repeating: 1, count: 72))
    #expect(planError(all)?.code == .convertUnsupportedModel)
    let third = { (value: Float) in [Float](repeating: value, count: 24) }
    let zeros = archive.dropping(mask).setting(bias, to: third(1) + third(0) + third(2))
    #expect(try Conversion(ModelSource(archive: zeros)).plan.dinov3.queryValueBias)
  }

  @Test func whatIsNoDINOv3IsRefused() throws {
    let hub = try DINOv3Fixture.named("hub").archive()
    #expect(planError(hub.adding("cls_norm.weight", as: "norm.weight"))?.code == .convertUnmappedTensor)
    let untied = try Conversion(ModelSource(path: DINOv3Fixture.named("hub-untied").path)).plan
    #expect(untied.assumptions.contains { $0.contains("local_cls_norm") })
    #expect(untied.ignored.contains { $0.tensor.name == "local_cls_norm.weight" })
    // The same modules with other rotations.
    let timm = try DINOv3Fixture.named("timm-plus").archive()
    func code(_ config: String) -> ErrorCode? {
      let source = {
        try ModelSource(archive: timm, config: Array(config.utf8), preprocessor: Array("{}".utf8))
      }
      return (#expect(throws: MISTError.self) { try Conversion(source()) })?.code
    }
    #expect(code(#"{"architecture":"vit_small_patch16_rope_224"}"#) == .convertUnsupportedModel)
    #expect(
      code(#"{"architecture":"x_dinov3","model_args":{"rope_type":"mixed"}}"#) == .convertUnsupportedModel)
    #expect(code(#"{"model_type":"dinov2"}"#) == .convertConfigurationMismatch)
    #expect(code(#"{"model_type":"dinov3_vit","num_hidden_layers":4}"#) == .convertConfigurationMismatch)
    #expect(code(#"{"model_type":"dinov3_vit","hidden_act":"relu"}"#) == .convertUnsupportedModel)
    #expect(planError(timm.dropping("reg_token"))?.code == .convertMissingTensor)
  }

  @Test func configurationsCarryATag() throws {
    let c = ModelConfiguration(DINOv3Configuration(width: 24, depth: 1, heads: 3, mlpWidth: 96))
    let text = try CanonicalMetadata.json(c)
    #expect(text.contains(#""architecture":"dinov3""#))
    let decode = { (text: String) in try JSONDecoder().decode(ModelConfiguration.self, from: Data(text.utf8))
    }
    #expect(try decode(text) == c)
    #expect(throws: DecodingError.self) { try decode(text.replacing("dinov3", with: "dinov4")) }
    // Those of the two first have none, and are told by their keys.
    let vit = ModelConfiguration.vit(
      ViTConfiguration(width: 24, depth: 3, heads: 3, mlpWidth: 96, patchSize: 8, imageSize: [32, 32]))
    let plain = try CanonicalMetadata.json(vit)
    #expect(!plain.contains("architecture"))
    #expect(try decode(plain) == vit)
  }

  /// Angles of a grid that is not square, by the definition of the format.
  @Test func anglesAreThoseOfPatchCentres() {
    let c = DINOv3Configuration(width: 16, depth: 1, heads: 2, mlpWidth: 32, theta: 100)
    #expect(c.periods == [1, 10])
    let angles = DINOv3Configuration.angles(on: MapSize(height: 2, width: 5), periods: c.periods)
    #expect(angles.count == 10 * 4)
    for row in 0..<2 {
      for column in 0..<5 {
        let y = 2 * (Double(row) + 0.5) / 2 - 1
        let x = 2 * (Double(column) + 0.5) / 5 - 1
        let expected = [y, y / 10, x, x / 10].map { 2 * Double.pi * $0 }
        for (found, wanted) in zip(angles[(row * 5 + column) * 4..<(row * 5 + column) * 4 + 4], expected) {
          #expect(abs(Double(found) - wanted) < 1e-5)
        }
      }
    }
  }
}
