import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// Classifiers of images beside their backbones.
@Suite struct ClassifierTests {
  private func plan(
    _ archive: some TensorArchive, _ change: (inout ConversionOptions) -> Void = { _ in }
  ) throws -> ConversionPlan {
    var options = bareOptions()
    change(&options)
    return try Conversion(ModelSource(archive: archive), options: options).plan
  }

  @Test(
    "What each library's classifier reads",
    arguments: [
      ("timm-vit", ImageClassifier.Input.classToken), ("hf-vit-classifier", .classToken),
      ("hf-dinov2-classifier", .classTokenAndMean),
    ])
  func inputs(_ folder: String, _ input: ImageClassifier.Input) throws {
    let plan = try Conversion(ModelSource(path: ViTFixture.named(folder).path)).plan
    #expect(plan.configuration.classifier == .init(classes: 5, input: input))
    let names = ["tabby cat", "astronaut", "cup", "rocket", "chelsea"]
    #expect(plan.classNames == (folder == "hf-dinov2-classifier" ? names : nil))
  }

  /// Features, and so the model's hash, are the backbone's.
  @Test func theHashIsTheBackbones() throws {
    let archive = try ViTFixture.named("timm-vit").archive()
    func hash(_ archive: EditedArchive) throws -> String {
      try convert(ModelSource(archive: archive), bareOptions()) { try $0.modelHash() }
    }
    #expect(try hash(archive) == hash(archive.dropping("head.weight", "head.bias")))
  }

  @Test func otherFunctionsAreLeftOutAndListed() throws {
    let archive = try ViTFixture.named("timm-vit").archive()
    let behind = try plan(archive.adding("pre_logits.fc.weight", as: "head.weight"))
    #expect(behind.configuration.classifier == nil)
    #expect(
      behind.ignored.map(\.pattern).filter { $0 == "a classifier behind pre_logits.fc.weight" }.count == 2)
    let wide = try plan(
      archive.dropping("head.weight").adding("head.weight", as: "blocks.0.attn.proj.weight", shape: [12, 48]))
    #expect(wide.ignored.map(\.pattern) == ["a classifier of 48 channels", "a classifier of 48 channels"])
  }

  @Test func optionsLeaveThemOut() throws {
    let archive = try ViTFixture.named("timm-vit").archive()
    let foreign = try plan(archive) { $0.ignore = ["head.*"] }
    #expect(foreign.configuration.classifier == nil && foreign.ignored.count == 2)
    try convert(ModelSource(archive: archive), bareOptions()) { canonical in
      let again = try plan(canonical.archive) { $0.ignore = ["classifier.*"] }
      #expect(
        again.configuration.classifier == nil && again.steps.count == canonical.archive.tensors.count - 2)
      let error = #expect(throws: MISTError.self) {
        try plan(canonical.archive) { $0.ignore = ["final_norm.*"] }
      }
      #expect(error?.code == .convertMissingTensor)
    }
  }

  /// A file that mist wrote describes itself, and what the user leaves out of it the model does not have.
  @Test func theyCanBeLeftOutOfWrittenFiles() throws {
    try Fixture.withTemporaryFolder { folder in
      let conversion = try Conversion(ModelSource(path: ViTFixture.named("timm-vit").path))
      try conversion.write(#require(try conversion.plan(for: .hf)), toFolder: folder + "/hf")
      var options = ConversionOptions()
      options.ignore = ["classifier.*"]
      let plan = try Conversion(ModelSource(path: folder + "/hf"), options: options).plan
      #expect(plan.configuration.classifier == nil && plan.classNames == nil)
      let whole = try Conversion(ModelSource(path: folder + "/hf")).plan
      #expect(whole.configuration == conversion.plan.configuration)
    }
  }

  @Test func aClassCountThatDisagreesIsRefused() throws {
    let folder = try ViTFixture.named("hf-dinov2-classifier").path
    let archive = EditedArchive(try SafetensorsArchive(path: folder + "/model.safetensors"))
      .dropping("classifier.weight", "classifier.bias")
      .adding(
        "classifier.weight", as: "dinov2.encoder.layer.0.attention.attention.query.weight", shape: [12, 48]
      )
      .adding("classifier.bias", as: "dinov2.layernorm.bias", shape: [12])
    let files = try ["config.json", "preprocessor_config.json"].map {
      try MappedFile.contents(of: folder + "/" + $0)
    }
    let error = #expect(throws: MISTError.self) {
      _ = try Conversion(ModelSource(archive: archive, config: files[0], preprocessor: files[1]))
    }
    #expect(error?.code == .convertConfigurationMismatch)
    #expect(error?.problem.contains("number of classes of 5, the tensors show 12") == true)
  }
}
