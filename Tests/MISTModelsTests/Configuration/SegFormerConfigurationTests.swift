import Foundation
import MISTFormats
import MISTModels
import TestSupport
import Testing

@Suite struct SegFormerConfigurationTests {
  private typealias Stage = SegFormerConfiguration.Stage

  private static let expected = SegFormerConfiguration(
    stages: [
      Stage(width: 4, depth: 2, heads: 1, reduction: 8, mlpWidth: 16, patchSize: 7, stride: 4),
      Stage(width: 8, depth: 2, heads: 2, reduction: 4, mlpWidth: 16, patchSize: 3, stride: 2),
      Stage(width: 16, depth: 2, heads: 4, reduction: 2, mlpWidth: 32, patchSize: 3, stride: 2),
      Stage(width: 24, depth: 1, heads: 3, reduction: 1, mlpWidth: 48, patchSize: 3, stride: 2),
    ], decodeHead: .init(width: 12, classes: 7))

  @Test func fromTheFilesBesideIt() throws {
    let plan = try Conversion(ModelSource(path: SegFormerFixture.hub.path)).plan
    #expect(try plan.segformer == Self.expected)
    #expect(plan.classNames == ["wall", "building", "sky", "floor, flooring", "tree", "ceiling", "road"])
    #expect(plan.assumptions.contains { $0.contains("layer_norm_eps 1e-06") && $0.contains("not used") })
    #expect(plan.assumptions.contains { $0.contains("class 0 is label 1") })
    #expect(
      plan.preprocessing
        == Preprocessing(
          resize: .exact(height: 64, width: 64), crop: nil, interpolation: .bilinear,
          mean: Preprocessing.imageNetMean, std: Preprocessing.imageNetStd, orientation: .apply))
  }

  @Test func fromTensorsAlone() throws {
    let archive = try SegFormerFixture.hub.archive()
    let plan = try Conversion(ModelSource(archive: archive), options: SegFormerFixture.hub.bare).plan
    #expect(try plan.segformer == Self.expected)
    #expect(plan.classNames == nil)
    #expect(plan.assumptions.contains { $0.contains("strides 4, 2, 2, 2") })
    #expect(plan.assumptions.contains { $0.contains("1e-05") && $0.contains("default") })
    #expect(plan.preprocessing.resize == .exact(height: 512, width: 512))
    let without = #expect(throws: MISTError.self) { _ = try Conversion(ModelSource(archive: archive)) }
    #expect(without?.code == .convertUnknownHeads && without?.advice?.contains("1,2,5,8") == true)
  }

  @Test func options() throws {
    let path = SegFormerFixture.hub.path
    var options = ConversionOptions()
    options.heads = [2, 4, 8, 6]
    options.epsilon = 1e-6
    let c = try Conversion(ModelSource(path: path), options: options).plan.segformer
    #expect(c.stages.map(\.heads) == [2, 4, 8, 6])
    #expect(c.epsilon == .init(all: 1e-6))
    for (heads, size, code) in [
      ([8], nil, ErrorCode.convertConfigurationMismatch), (nil, [64, 64], .usage),
      ([1, 2, 5, 8], nil, .convertConfigurationMismatch),
    ] {
      var wrong = ConversionOptions()
      wrong.heads = heads
      wrong.imageSize = size
      let error = #expect(throws: MISTError.self) {
        _ = try Conversion(ModelSource(path: path), options: wrong)
      }
      #expect(error?.code == code)
    }
    var list = ConversionOptions()
    list.heads = [1, 2, 5, 8]
    let vit = #expect(throws: MISTError.self) {
      _ = try Conversion(ModelSource(path: ViTFixture.named("timm-vit").path), options: list)
    }
    #expect(vit?.code == .usage)
  }

  /// The file as it is but for one value, in place of the own one.
  @Test(
    "config.json against the tensors",
    arguments: [
      ("depths", "[2, 2, 3, 1]", ErrorCode.convertConfigurationMismatch),
      ("hidden_sizes", "[4, 8, 16, 32]", .convertConfigurationMismatch),
      ("sr_ratios", "[4, 4, 2, 1]", .convertConfigurationMismatch),
      ("sr_ratios", "[8, 4, 2, 2]", .convertMissingTensor),
      ("mlp_ratios", "[4, 2, 2, 4]", .convertConfigurationMismatch),
      ("patch_sizes", "[7, 3, 3, 7]", .convertConfigurationMismatch),
      ("num_attention_heads", "[1, 2, 5, 3]", .convertConfigurationMismatch),
      ("num_attention_heads", "[1, 2, 4]", .convertConfigurationMismatch),
      ("strides", "[4, 2, 2]", .convertConfigurationMismatch),
      ("strides", "[4, 2, 2, 0]", .convertConfigurationMismatch),
      ("strides", "4", .convertBadConfigurationFile),
      ("depths", "[2, 2, 2.5, 1]", .convertBadConfigurationFile),
      ("mlp_ratios", "[4, 2, 2]", .convertBadConfigurationFile),
      ("num_encoder_blocks", "3", .convertConfigurationMismatch),
      ("decoder_hidden_size", "24", .convertConfigurationMismatch),
      ("id2label", #"{"0": "a", "1": "b"}"#, .convertConfigurationMismatch),
      ("id2label", #"{"0": "a", "2": "b"}"#, .convertBadConfigurationFile),
      ("model_type", #""vit""#, .convertConfigurationMismatch),
      ("hidden_act", #""relu""#, .convertUnsupportedModel),
      ("reshape_last_stage", "false", .convertUnsupportedModel),
      ("num_channels", "4", .convertUnsupportedModel),
    ])
  func contradictions(_ key: String, _ value: String, _ code: ErrorCode) throws {
    try withConfig([key: value]) { folder in
      let error = #expect(throws: MISTError.self) { _ = try Conversion(ModelSource(path: folder)) }
      #expect(error?.code == code, "\(error.map { "\($0)" } ?? "-")")
    }
  }

  @Test func madeUpNamesAreNoNames() throws {
    let names = (0..<7).map { #""\#($0)": "LABEL_\#($0)""# }.joined(separator: ", ")
    try withConfig(["id2label": "{\(names)}"]) { folder in
      let plan = try Conversion(ModelSource(path: folder)).plan
      #expect(plan.classNames == nil)
    }
    try withConfig(["strides": "[4, 2, 2, 1]"]) { folder in
      let c = try Conversion(ModelSource(path: folder)).plan.segformer
      #expect(c.stages[3].stride == 1)
    }
  }

  @Test func processors() throws {
    for (text, size, mean) in [
      (#"{"size": {"height": 640, "width": 512}, "resample": 2}"#, [640, 512], Preprocessing.imageNetMean),
      (
        #"{"feature_extractor_type": "SegformerFeatureExtractor", "size": 512}"#, [512, 512],
        Preprocessing.imageNetMean
      ),
      (#"{"do_resize": true, "image_mean": [0.5, 0.5, 0.5]}"#, [512, 512], [0.5, 0.5, 0.5]),
    ] {
      try withConfig([:]) { folder in
        try text.write(toFile: folder + "/preprocessor_config.json", atomically: true, encoding: .utf8)
        let p = try Conversion(ModelSource(path: folder)).plan.preprocessing
        #expect(p.resize == .exact(height: size[0], width: size[1]))
        #expect(p.mean == mean && p.std == Preprocessing.imageNetStd)
      }
    }
  }

  /// Calls `body` with a copy of the fixture whose `config.json` has these members changed, and no preprocessor.
  private func withConfig(_ changes: [String: String], _ body: (String) throws -> Void) throws {
    try Fixture.withTemporaryFolder { folder in
      let source = SegFormerFixture.hub.path
      try FileManager.default.copyItem(
        atPath: source + "/model.safetensors", toPath: folder + "/model.safetensors")
      let data = try Data(contentsOf: URL(fileURLWithPath: source + "/config.json"))
      var json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      for (key, value) in changes {
        json[key] = try JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)
      }
      try JSONSerialization.data(withJSONObject: json).write(
        to: URL(fileURLWithPath: folder + "/config.json"))
      try body(folder)
    }
  }
}
