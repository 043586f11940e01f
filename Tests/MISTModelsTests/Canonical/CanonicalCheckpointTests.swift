import Foundation
import MISTFormats
import MISTModels
import TestSupport
import Testing

@Suite struct CanonicalCheckpointTests {
  private static let folder = "malformed/canonical-checkpoint/"

  @Test func aValidFileOpens() throws {
    let checkpoint = try CanonicalCheckpoint.open(Fixture.path(Self.folder + "valid.safetensors"))
    #expect(try checkpoint.vit.width == 4)
    #expect(checkpoint.preprocessing.resize == .exact(height: 4, width: 4))
    #expect(checkpoint.provenance.convention == "timm")
    #expect(try checkpoint.floats("cls_token", shape: [4]).count == 4)
  }

  @Test func aValidClassifierOpens() throws {
    let checkpoint = try CanonicalCheckpoint.open(Fixture.path(Self.folder + "valid-classifier.safetensors"))
    #expect(checkpoint.configuration.classifier == .init(classes: 3, input: .classToken))
    #expect(try checkpoint.floats("classifier.weight", shape: [3, 4]).count == 12)
  }

  @Test func aValidSegFormerOpens() throws {
    let checkpoint = try CanonicalCheckpoint.open(Fixture.path(Self.folder + "valid-segformer.safetensors"))
    #expect(try checkpoint.segformer.stages.map(\.reduction) == [2])
    #expect(checkpoint.classNames == ["a", "b", "c"])
    #expect(checkpoint.configuration.vit == nil && checkpoint.configuration.depth == 1)
  }

  /// Converted again, a SegFormer keeps its classes and decode head.
  @Test func segFormersConvertAgain() throws {
    try Fixture.withTemporaryFolder { folder in
      let (first, second) = (folder + "/a.safetensors", folder + "/b.safetensors")
      try Conversion(ModelSource(path: SegFormerFixture.hub.path)).run(to: first)
      try Conversion(ModelSource(path: first)).run(to: second)
      #expect(FileManager.default.contentsEqual(atPath: first, andPath: second))
      let checkpoint = try CanonicalCheckpoint.open(second)
      #expect(checkpoint.classNames?.count == 7)
      #expect(try checkpoint.segformer.decodeHead?.classes == 7)
    }
  }

  @Test(
    "Each broken rule has its own code",
    arguments: [
      ("no-format", ErrorCode.checkpointNotCanonical), ("other-version", .checkpointUnsupportedVersion),
      ("no-preprocessing", .checkpointMissingMetadata),
      ("other-architecture", .checkpointUnknownArchitecture),
      ("configuration-not-json", .checkpointBadConfiguration),
      ("configuration-no-heads", .checkpointBadConfiguration),
      ("heads-do-not-divide", .checkpointBadConfiguration), ("huge-depth", .checkpointBadConfiguration),
      ("zero-std", .checkpointBadPreprocessing), ("resize-unknown", .checkpointBadPreprocessing),
      ("provenance-not-json", .checkpointBadProvenance), ("missing-tensor", .checkpointMissingTensor),
      ("unexpected-tensor", .checkpointUnexpectedTensor), ("transposed-shape", .checkpointShapeMismatch),
      ("integer-tensor", .checkpointWrongDType),
      ("segformer-as-vit", .checkpointBadConfiguration), ("segformer-no-stages", .checkpointBadConfiguration),
      ("segformer-heads", .checkpointBadConfiguration),
      ("segformer-no-batch-norm-epsilon", .checkpointBadConfiguration),
      ("segformer-missing-variance", .checkpointMissingTensor),
      ("segformer-two-biases", .checkpointUnexpectedTensor),
      ("segformer-unknown-head", .checkpointBadConfiguration),
      ("segformer-level-without-variance", .checkpointMissingTensor),
      ("segformer-level-bias", .checkpointUnexpectedTensor),
      ("segformer-reduction-shape", .checkpointShapeMismatch), ("classes-not-a-list", .checkpointBadClasses),
      ("class-count", .checkpointBadClasses), ("classes-without-head", .checkpointBadClasses),
      ("classifier-input-unknown", .checkpointBadConfiguration),
      ("classifier-without-token", .checkpointBadConfiguration),
      ("classifier-beside-decode-head", .checkpointBadConfiguration),
      ("dinov3-other-tag", .checkpointBadConfiguration),
      ("dinov3-head-channels", .checkpointBadConfiguration),
      ("dinov3-theta", .checkpointBadConfiguration), ("dinov3-no-periods", .checkpointMissingTensor),
      ("orientation-unknown", .checkpointBadPreprocessing),
    ])
  func malformed(_ name: String, _ code: ErrorCode) throws {
    let path = Fixture.path(Self.folder + name + ".safetensors")
    let error = #expect(throws: MISTError.self) { _ = try CanonicalCheckpoint.open(path) }
    #expect(error?.code == code)
    #expect(error?.file == path)
  }

  @Test func everyMalformedFileIsTested() throws {
    let files = try Fixture.files(in: "malformed/canonical-checkpoint").filter {
      $0.hasSuffix(".safetensors")
    }
    #expect(files.count == 42)
  }

  /// Opening reads the header alone; every way to a tensor's values finds what is no number.
  @Test func valuesThatAreNoNumbers() throws {
    let checkpoint = try CanonicalCheckpoint.open(Fixture.path(Self.folder + "not-finite.safetensors"))
    let reads: [() throws -> Void] = [
      { _ = try checkpoint.floats("patch_embed.bias", shape: [4]) },
      {
        var values = [Float](repeating: 0, count: 4)
        try values.withUnsafeMutableBufferPointer {
          try checkpoint.read("patch_embed.bias", shape: [4], into: $0)
        }
      },
      { try checkpoint.verify() },
    ]
    for read in reads {
      let error = #expect(throws: MISTError.self) { try read() }
      #expect(error?.code == .checkpointNotFinite && error?.file == checkpoint.archive.path)
      #expect(error?.place == "tensor 'patch_embed.bias', element 2")
    }
    #expect(try checkpoint.floats("patch_embed.weight", shape: [4, 3, 2, 2]).count == 48)
  }

  @Test func floatsAreCheckedAndConverted() throws {
    let fixture = try ViTFixture.named("timm-vit")
    let original = try fixture.archive().withBytes(of: "norm.bias") {
      try FloatConversion.floats($0, dtype: .f32)
    }
    for (dtype, tolerance) in [(DType.f32, Float(0)), (.f16, 0x1p-11), (.bf16, 0x1p-8)] {
      var options = ConversionOptions()
      options.dtype = dtype
      try convert(ModelSource(path: fixture.path), options) { checkpoint in
        let values = try checkpoint.floats("final_norm.bias", shape: [24])
        for (a, b) in zip(original, values) { #expect(abs(a - b) <= tolerance * abs(a)) }
        var copied = [Float](repeating: .nan, count: 24)
        try copied.withUnsafeMutableBufferPointer {
          try checkpoint.read("final_norm.bias", shape: [24], into: $0)
        }
        #expect(copied == values)
        #expect(throws: MISTError.self) { _ = try checkpoint.floats("final_norm.bias", shape: [1, 24]) }
        #expect(throws: MISTError.self) { _ = try checkpoint.floats("norm.bias", shape: [24]) }
      }
    }
  }

  /// The same weights from a file with a head and from one without, under another prefix and with another preprocessing.
  @Test func hashIgnoresProvenanceAndPreprocessing() throws {
    let archive = try ViTFixture.named("timm-vit").archive()
    var options = bareOptions()
    let first = try convert(ModelSource(archive: archive), options) { ($0.provenance, try $0.modelHash()) }
    options.mean = [0, 0, 0]
    let bare = archive.dropping("head.weight", "head.bias").renamingAll { "model." + $0 }
    let second = try convert(ModelSource(archive: bare), options) {
      ($0.preprocessing.mean, try $0.modelHash())
    }
    #expect(second.0 == [0, 0, 0])
    #expect(first.1 == second.1)
    #expect(first.1.count == 64)
  }

  @Test func hashDependsOnEveryWeightAndOnTheConfiguration() throws {
    let archive = try ViTFixture.named("timm-vit").archive()
    let hash = try convert(ModelSource(archive: archive), bareOptions()) { try $0.modelHash() }
    var options = bareOptions()
    options.epsilon = 1e-5
    #expect(try convert(ModelSource(archive: archive), options) { try $0.modelHash() } != hash)
    options = bareOptions()
    options.dtype = .f16
    #expect(try convert(ModelSource(archive: archive), options) { try $0.modelHash() } != hash)
    let swapped = archive.renaming("blocks.1.norm1.bias", to: "x").renaming(
      "blocks.1.norm2.bias", to: "blocks.1.norm1.bias"
    )
    .renaming("x", to: "blocks.1.norm2.bias")
    #expect(try convert(ModelSource(archive: swapped), bareOptions()) { try $0.modelHash() } != hash)
  }

  @Test func conversionIsDeterministic() throws {
    try Fixture.withTemporaryFolder { folder in
      let source = try ViTFixture.named("hf-dinov2").path
      for name in ["a", "b"] { try Conversion(ModelSource(path: source)).run(to: folder + "/" + name) }
      #expect(FileManager.default.contentsEqual(atPath: folder + "/a", andPath: folder + "/b"))
    }
  }
}
