import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTBackbone

/// Files as their projects' training leaves them, converted, against the libraries' own activations.
@Suite("Sources of training against PyTorch")
struct TrainingSourceTests {
  struct Source: Sendable, CustomTestStringConvertible {
    let file, convention: String
    var prefix = ""
    var golden = "golden"
    /// Whether `prefix` has to be said.
    var isChosen = false
    var testDescription: String { file + (isChosen ? " below " + prefix : "") }

    static let all = [
      Source(file: "torchvision/model.safetensors", convention: "torchvision"),
      Source(file: "torchvision/released.safetensors", convention: "torchvision-released"),
      Source(file: "siglip-gap/model.safetensors", convention: "timm"),
      Source(file: "ijepa/model.safetensors", convention: "huggingface-vit"),
      Source(file: "deit3/model.safetensors", convention: "deit3"),
      Source(file: "mae/checkpoint.pth", convention: "mae"),
      Source(file: "dinov2-training/teacher_checkpoint.pth", convention: "dinov2", prefix: "backbone."),
      Source(file: "wrapped/compiled.safetensors", convention: "timm"),
      Source(file: "wrapped/checkpointed.safetensors", convention: "timm"),
      Source(file: "wrapped/fsdp.safetensors", convention: "timm", prefix: "_fsdp_wrapped_module."),
      Source(
        file: "two-networks/dino.pth", convention: "timm", prefix: "teacher.backbone.", isChosen: true),
      Source(
        file: "two-networks/dino.pth", convention: "timm", prefix: "student.module.backbone.",
        golden: "golden-other", isChosen: true),
      Source(
        file: "two-networks/moco.pth", convention: "timm", prefix: "module.base_encoder.", isChosen: true),
      Source(
        file: "two-networks/moco.pth", convention: "timm", prefix: "module.momentum_encoder.",
        golden: "golden-other", isChosen: true),
    ]
  }

  private func converted<R>(
    _ path: String, heads: [Int], prefix: String? = nil,
    _ body: (CanonicalCheckpoint, ConversionPlan) throws -> R
  ) throws -> R {
    try Fixture.withTemporaryFolder { folder in
      var options = ConversionOptions()
      options.heads = heads
      options.prefix = prefix
      let conversion = try Conversion(ModelSource(path: path), options: options)
      try conversion.run(to: folder + "/model.safetensors")
      return try body(try CanonicalCheckpoint.open(folder + "/model.safetensors"), conversion.plan)
    }
  }

  @Test(arguments: Source.all) func everyBlockAgrees(_ source: Source) throws {
    let path = Fixture.path("vit-sources/" + source.file)
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
    try converted(path, heads: [3], prefix: source.isChosen ? source.prefix : nil) { checkpoint, plan in
      #expect(plan.convention == source.convention && plan.prefix == source.prefix)
      let golden = try GoldenFile(path: "\(folder)/\(source.golden).safetensors")
      let result = try Verification(checkpoint: checkpoint, golden: golden)
      // F0 … F2, one gather, and the last norm.
      #expect(result.comparisons.count == 5 && result.skipped.isEmpty)
      #expect(result.passed, "\(result.firstDivergent.debugDescription)")
    }
  }

  @Test(arguments: ["torchvision", "siglip-gap", "deit3"]) func classifiersAgree(_ folder: String) throws {
    let path = Fixture.path("vit-sources/" + folder)
    try converted(path + "/model.safetensors", heads: [3]) { checkpoint, _ in
      let golden = try GoldenFile(path: path + "/golden-logits.safetensors")
      let result = try Verification(checkpoint: checkpoint, golden: golden)
      #expect(result.comparisons.map(\.name) == ["logits"] && result.passed)
    }
  }

  @Test(arguments: ProductBackend.allCases) func segmentationModelsAgree(_ backend: ProductBackend) throws {
    let path = Fixture.path("segformer-smp")
    try converted(path + "/model.safetensors", heads: [1, 2, 3, 4]) { checkpoint, plan in
      #expect(plan.convention == "smp-segformer" && plan.prefix == "encoder.")
      #expect(plan.ignored.map(\.tensor.name) == ["decoder.fuse_stage.1.num_batches_tracked"])
      let golden = try GoldenFile(path: path + "/golden.safetensors")
      let result = try Verification(checkpoint: checkpoint, golden: golden, backend: backend)
      // F0 … F4, four stages, and the logits.
      #expect(result.comparisons.count == 10 && result.skipped.isEmpty)
      #expect(result.passed, "\(result.firstDivergent.debugDescription)")
    }
  }
}
