import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

@Suite struct ConversionTests {
  /// Exported graphs have lost most weights' names and layout, and must still give the model of the safetensors beside them.
  @Test(
    "ONNX gives the same model as safetensors",
    arguments: ["timm-vit", "timm-dinov2-reg", "timm-prenorm", "hf-vit", "hf-dinov2", "hf-dinov2-registers"])
  func onnx(_ folder: String) throws {
    let path = try ViTFixture.named(folder).path
    let a = try convert(ModelSource(path: path + "/model.safetensors")) {
      ($0.configuration, try $0.modelHash())
    }
    let b = try convert(ModelSource(path: path + "/model.onnx")) { ($0.configuration, try $0.modelHash()) }
    #expect(a.0 == b.0)
    #expect(a.1 == b.1)
  }

  /// Without any file beside it a graph says itself how many heads and which epsilons it has.
  @Test func aGraphAloneSaysItsHeads() throws {
    try Fixture.withTemporaryFolder { folder in
      let copy = folder + "/alone.onnx"
      try FileManager.default.copyItem(atPath: ViTFixture.named("hf-vit").path + "/model.onnx", toPath: copy)
      let c = try Conversion(ModelSource(path: copy)).plan.vit
      #expect(c.heads == 3)
      #expect(c.epsilon == .init(all: 1e-12))
    }
  }

  @Test(
    "Checkpoints that cannot be converted",
    arguments: [
      ("renamed-tensor", ErrorCode.convertUnmappedTensor), ("extra-tensor", .convertUnmappedTensor),
      ("missing-tensor", .convertMissingTensor), ("transposed-weight", .convertShapeMismatch),
      ("integer-weight", .convertWrongDType), ("not-finite", .convertNotFinite),
      ("two-networks", .convertAmbiguousConvention),
      ("position-embedding-off-by-two", .convertConfigurationMismatch),
      ("other-depth", .convertConfigurationMismatch),
      ("config-not-json", .convertBadConfigurationFile),
      ("segformer-missing-key", .convertMissingTensor), ("segformer-head-elsewhere", .convertUnmappedTensor),
      ("segformer-stage-channels", .convertShapeMismatch),
      ("segformer-other-reduction", .convertConfigurationMismatch),
      ("segformer-other-model", .convertConfigurationMismatch),
      ("segformer-depths-no-list", .convertBadConfigurationFile),
      ("segformer-class-count", .convertConfigurationMismatch),
    ])
  func malformed(_ name: String, _ code: ErrorCode) throws {
    try Fixture.withTemporaryFolder { folder in
      let output = folder + "/out.safetensors"
      let error = #expect(throws: MISTError.self) {
        try Conversion(ModelSource(path: Fixture.path("malformed/naming-conventions/" + name))).run(
          to: output)
      }
      #expect(error?.code == code)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.isEmpty)
    }
  }

  private static let huge = 1 << 62
  private static let hostile: [(String, [Int])] = [
    ("patch_embed.proj.weight", [24, 3, 0, 0]),
    ("patch_embed.proj.weight", [0, 3, huge, huge]),
    ("patch_embed.proj.weight", [huge, 3, 0, 0]),
    ("patch_embed.proj.weight", []),
    ("pos_embed", [1, 0, 24]),
    ("pos_embed", [1, huge, 0]),
    ("pos_embed", [1, Int.max, 0]),
    ("pos_embed", []),
    ("cls_token", [0]),
    ("blocks.0.mlp.fc2.weight", [0, huge]),
    ("blocks.0.mlp.fc2.weight", [24]),
    ("blocks.0.mlp.fc1.weight", [huge, 0]),
    ("blocks.0.mlp.fc1.weight", [0, 0]),
    ("blocks.0.attn.qkv.weight", []),
    ("norm.weight", [huge, 0]),
  ]

  /// Shapes that no real model has must end in an error, whatever is computed from them.
  @Test("Hostile shapes", arguments: hostile)
  func hostileShapes(_ name: String, _ shape: [Int]) throws {
    let archive = try ViTFixture.named("timm-vit").archive()
    #expect(planError(archive.dropping(name).adding(name, as: name, shape: shape)) != nil)
  }

  @Test func theValidTwinConverts() throws {
    try convert(ModelSource(path: Fixture.path("malformed/naming-conventions/valid"))) {
      let c = try $0.vit
      #expect(c.heads == 2)
    }
    for twin in ["naming-conventions/valid-segformer", "onnx-names/valid-segformer.onnx"] {
      try convert(ModelSource(path: Fixture.path("malformed/" + twin))) {
        let c = try $0.segformer
        #expect(c.decodeHead?.classes == 3)
      }
    }
  }

  @Test func canonicalCheckpointsConvertAgain() throws {
    try Fixture.withTemporaryFolder { folder in
      let (first, second) = (folder + "/a.safetensors", folder + "/b.safetensors")
      try Conversion(ModelSource(path: ViTFixture.named("hf-vit").path)).run(to: first)
      var options = ConversionOptions()
      options.dtype = .bf16
      try Conversion(ModelSource(path: first), options: options).run(to: second)
      let (a, b) = (try CanonicalCheckpoint.open(first), try CanonicalCheckpoint.open(second))
      #expect(a.configuration == b.configuration && a.provenance == b.provenance)
      #expect(b.archive.tensors.allSatisfy { $0.dtype == .bf16 })
    }
  }

  @Test func halfSourcesStayHalf() throws {
    try Fixture.withTemporaryFolder { folder in
      var options = ConversionOptions()
      options.dtype = .f16
      let path = folder + "/a.safetensors"
      try Conversion(ModelSource(path: ViTFixture.named("timm-vit").path), options: options).run(to: path)
      try Conversion.export(
        CanonicalCheckpoint.open(path), to: .timm, path: folder + "/foreign.safetensors")
      let plan = try Conversion(ModelSource(path: folder + "/foreign.safetensors"), options: bareOptions())
        .plan
      #expect(plan.steps.allSatisfy { $0.destination.dtype == .f16 })
    }
  }

  /// A table with `[in, out]` matrices, as JAX has them, in both directions.
  @Test func transposedTablesWork() throws {
    let turned = Convention(
      name: "turned", title: "test",
      rows: Convention.timm.rows.map { row in
        row.canonical.hasSuffix("mlp.fc1.weight")
          ? Row("blocks.{i}.mlp.fc1.weight", "blocks.{i}.mlp.kernel", by: .transpose) : row
      }, ignored: [], markers: [], epsilon: 1e-6, family: Convention.timm.family)
    try Fixture.withTemporaryFolder { folder in
      let (canonical, foreign) = (folder + "/a.safetensors", folder + "/b.safetensors")
      try Conversion(ModelSource(path: ViTFixture.named("timm-vit").path)).run(to: canonical)
      let checkpoint = try CanonicalCheckpoint.open(canonical)
      try Conversion.export(checkpoint, to: turned, path: foreign)
      #expect(try SafetensorsArchive(path: foreign).info("blocks.0.mlp.kernel")?.shape == [24, 96])
      var options = bareOptions()
      options.convention = turned
      let back = try convert(ModelSource(path: foreign), options) { try $0.modelHash() }
      #expect(back == (try checkpoint.modelHash()))
    }
  }

  @Test func foldersAreSearched() throws {
    try Fixture.withTemporaryFolder { folder in
      #expect(throws: MISTError.self) { _ = try ModelSource.modelFile(folder) }
      for name in ["a.safetensors", "b.safetensors"] {
        try Data().write(to: URL(fileURLWithPath: folder + "/" + name))
      }
      let several = #expect(throws: MISTError.self) { _ = try ModelSource.modelFile(folder) }
      #expect(several?.code == .convertNoModel)
      try FileManager.default.removeItem(atPath: folder + "/b.safetensors")
      #expect(try ModelSource.modelFile(folder + "/") == folder + "/a.safetensors")
      let absent = #expect(throws: MISTError.self) { _ = try ModelSource.modelFile(folder + "/nothing") }
      #expect(absent?.code == .fileNotFound)
    }
  }
}
