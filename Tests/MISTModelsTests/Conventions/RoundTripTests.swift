import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

@Suite struct RoundTripTests {
  @Test("Every library's file is recognised", arguments: ViTFixture.all)
  func recognition(_ fixture: ViTFixture) throws {
    let found = try Recognition(fixture.archive())
    #expect(found.convention.name == fixture.convention)
    #expect(found.prefix.text == fixture.prefix)
  }

  @Test("Foreign to canonical to foreign gives the same bytes", arguments: ViTFixture.all)
  func bothDirections(_ fixture: ViTFixture) throws {
    try Fixture.withTemporaryFolder { folder in
      let (canonical, foreign) = (folder + "/canonical.safetensors", folder + "/foreign.safetensors")
      let conversion = try Conversion(ModelSource(path: fixture.path), options: fixture.options)
      try conversion.run(to: canonical)
      let checkpoint = try CanonicalCheckpoint.open(canonical)
      try Conversion.export(
        checkpoint, to: #require(Convention.named(fixture.convention)), prefix: fixture.prefix, path: foreign)

      let (source, result) = (try fixture.archive(), try SafetensorsArchive(path: foreign))
      let left = Set(conversion.plan.ignored.map(\.tensor))
      #expect(Set(result.tensors) == Set(source.tensors).subtracting(left))
      #expect(result.tensors.count + left.count == source.tensors.count)
      for tensor in result.tensors {
        let same = try source.withBytes(of: tensor.name) { a in
          try result.withBytes(of: tensor.name) { b in a.elementsEqual(b) }
        }
        #expect(same, "\(tensor.name)")
      }
    }
  }

  /// Facebook's file is made from Hugging Face's model, so both must become the same canonical model.
  @Test func twoConventionsOfOneModelAgree() throws {
    let hashes = try ["hf-dinov2-registers", "hub-dinov2-registers"].map { name in
      let fixture = try ViTFixture.named(name)
      return try convert(ModelSource(path: fixture.path), fixture.options) { try $0.modelHash() }
    }
    #expect(hashes[0] == hashes[1])
  }

  @Test("A module's names in transformers 5 give the same model", arguments: ["hf-vit", "hf-dinov2"])
  func modulesOfTransformers5(_ name: String) throws {
    let fixture = try ViTFixture.named(name)
    let renames = [
      ("attention.attention.query", "attention.q_proj"), ("attention.attention.key", "attention.k_proj"),
      ("attention.attention.value", "attention.v_proj"), ("attention.output.dense", "attention.o_proj"),
    ]
    let moduleNames = try fixture.archive().renamingAll { old in
      var text = renames.reduce(old) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
      guard name == "hf-vit" else { return text }
      text = text.replacingOccurrences(of: "encoder.layer.", with: "layers.")
      text = text.replacingOccurrences(of: "intermediate.dense", with: "mlp.fc1")
      return text.replacingOccurrences(of: "output.dense", with: "mlp.fc2")
    }
    let found = try Recognition(moduleNames)
    #expect(found.convention.name == fixture.convention + "-5")
    let a = try convert(ModelSource(archive: moduleNames), bareOptions()) { try $0.modelHash() }
    let b = try convert(ModelSource(archive: fixture.archive()), bareOptions()) { try $0.modelHash() }
    #expect(a == b)
  }

  /// timm names the last norm otherwise when it pools by averaging, and may then have no class token.
  @Test func averagePooling() throws {
    let archive = try ViTFixture.named("timm-dinov2-reg").archive()
      .renaming("norm.weight", to: "fc_norm.weight").renaming("norm.bias", to: "fc_norm.bias")
    let plan = try Conversion(ModelSource(archive: archive), options: bareOptions()).plan
    #expect(plan.convention == "timm-avgpool")
    #expect(plan.assumptions.contains { $0.contains("fc_norm") })
    let without = try Conversion(ModelSource(archive: archive.dropping("cls_token")), options: bareOptions())
      .plan
    #expect(try !without.vit.classToken)
    #expect(try without.vit.prefixTokens == 4)
  }

  @Test func theThirdOfAFusedMatrixIsTheValueProjection() throws {
    let fixture = try ViTFixture.named("hf-vit")
    let (q, k, v) = try (part("query", fixture), part("key", fixture), part("value", fixture))
    let fused = try convert(ModelSource(path: fixture.path), fixture.options) {
      try $0.floats("blocks.1.attn.qkv.weight", shape: [72, 24])
    }
    #expect(fused == q + k + v)
  }

  @Test func everyTableNamesEachCanonicalTensorOnce() throws {
    for convention in Convention.all where convention.family is Convention.ViTDefaults {
      for mlp in [ViTConfiguration.MLP.gelu, .swiglu] where convention.name != "timm-swiglu" || mlp == .swiglu
      {
        let timm = convention.name.hasPrefix("timm")
        let isPlain =
          ["huggingface-vit", "torchvision"].contains { convention.name.hasPrefix($0) }
          || ["jax", "big_vision", "deit3", "mae"].contains(convention.name)
        for preNorm in timm ? [false, true] : [false] {
          let c = ViTConfiguration(
            width: 24, depth: 2, heads: 3, mlpWidth: 48, mlp: mlp, patchSize: 8, imageSize: [32, 32],
            registerTokens: 2,
            layerScale: timm || convention.name.contains("dinov2") || convention.name == "deit3",
            preNorm: preNorm)
          if isPlain, mlp == .swiglu { continue }
          for (name, _) in c.tensors
          where !(name == "register_tokens" && isPlain) {
            let pattern = name.replacing(/blocks\.\d+/, with: "blocks.{i}")
            let rows = convention.rows.filter {
              $0.canonical == pattern && c.holds($0.presence, at: NameIndex())
            }
            #expect(rows.count == 1, "\(convention.name) \(name)")
          }
        }
      }
    }
  }

  private func part(_ name: String, _ fixture: ViTFixture) throws -> [Float] {
    try fixture.archive().withBytes(of: "encoder.layer.1.attention.attention.\(name).weight") {
      try FloatConversion.floats($0, dtype: .f32)
    }
  }
}

/// Converts `source` into a scratch folder, opens the result strictly, and calls `body` with it.
@discardableResult
func convert<R>(
  _ source: ModelSource, _ options: ConversionOptions = .init(), _ body: (CanonicalCheckpoint) throws -> R
) throws -> R {
  try Fixture.withTemporaryFolder { folder in
    let path = folder + "/model.safetensors"
    try Conversion(source, options: options).run(to: path)
    return try body(try CanonicalCheckpoint.open(path))
  }
}
