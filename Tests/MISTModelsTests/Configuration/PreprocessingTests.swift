import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

@Suite struct PreprocessingTests {
  private func json(_ text: String) throws -> ForeignJSON { try ForeignJSON(Data(text.utf8), file: "test") }

  @Test func huggingFaceProcessors() throws {
    let vit = try PreprocessingFiles.huggingFace(
      json(
        """
        {"do_resize": true, "size": {"height": 384, "width": 384}, "resample": 2, "rescale_factor": 0.00392156862745098,
         "image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.5, 0.5]}
        """))
    #expect(
      vit
        == Preprocessing(
          resize: .exact(height: 384, width: 384), crop: nil, interpolation: .bilinear,
          mean: [0.5, 0.5, 0.5],
          std: [0.25, 0.5, 0.5]))
    let dino = try PreprocessingFiles.huggingFace(
      json(
        """
        {"size": {"shortest_edge": 256}, "do_center_crop": true, "crop_size": {"height": 224, "width": 224}, "resample": 3,
         "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
        """))
    #expect(
      dino
        == Preprocessing(
          resize: .shortestEdge(256), crop: [224, 224], interpolation: .bicubic,
          mean: Preprocessing.imageNetMean,
          std: Preprocessing.imageNetStd))
    // Older processors wrote a bare number for an exact size.
    #expect(
      try PreprocessingFiles.huggingFace(json(#"{"size": 224}"#)).resize == .exact(height: 224, width: 224))
    #expect(
      try PreprocessingFiles.huggingFace(json(#"{"size": 224, "do_normalize": false}"#)).std == [1, 1, 1])
  }

  /// One number is the shorter edge's to some processors.
  @Test func processorsDifferInWhatANumberMeans() throws {
    func resize(_ text: String) throws -> Preprocessing.Resize {
      try PreprocessingFiles.huggingFace(json(text)).resize
    }
    #expect(
      try resize(#"{"size": 224, "feature_extractor_type": "CLIPFeatureExtractor"}"#) == .shortestEdge(224))
    #expect(try resize(#"{"size": 224, "default_to_square": false}"#) == .shortestEdge(224))
    #expect(
      try resize(#"{"size": 224, "image_processor_type": "ViTImageProcessor"}"#)
        == .exact(height: 224, width: 224))
    let clip = try PreprocessingFiles.huggingFace(
      json(#"{"size": 224, "crop_size": 200, "image_processor_type": "CLIPImageProcessorFast"}"#))
    #expect(clip.crop == [200, 200] && clip.interpolation == .bicubic && clip.mean[0] == 0.48145466)
    let dino = try PreprocessingFiles.huggingFace(
      json(#"{"size": 224, "image_processor_type": "DINOv3ViTImageProcessor"}"#))
    #expect(dino.crop == nil && dino.interpolation == .bilinear && dino.mean == Preprocessing.imageNetMean)
    // Of a stranger all must be said.
    let said =
      #"{"size": {"height": 8, "width": 8}, "resample": 2, "image_mean": [0, 0, 0], "image_std": [1, 1, 1]"#
    #expect(
      try resize(said + #", "image_processor_type": "MyProcessor"}"#) == .exact(height: 8, width: 8))
    for text in [#"{"size": 8, "resample": 2"#, #"{"size": {"height": 8, "width": 8}"#] {
      let error = #expect(throws: MISTError.self) {
        _ = try resize(text + #", "image_processor_type": "MyProcessor"}"#)
      }
      #expect(error?.code == .convertUnsupportedPreprocessing)
    }
  }

  @Test(
    "Keys that are not known to be neutral are refused by name",
    arguments: [
      (#"{"size": 224, "crop_pct": 0.875}"#, "crop_pct"), (#"{"size": 224, "do_pad": true}"#, "do_pad"),
      (#"{"size": 224, "keep_aspect_ratio": true}"#, "keep_aspect_ratio"),
      (#"{"size": 224, "ensure_multiple_of": 32}"#, "ensure_multiple_of"),
      (#"{"size": {"shortest_edge": 224, "longest_edge": 512}}"#, "size"),
      (#"{"size": 224, "do_sharpen": true}"#, "do_sharpen"),
    ])
  func unknown(_ text: String, _ key: String) throws {
    let error = #expect(throws: MISTError.self) { _ = try PreprocessingFiles.huggingFace(json(text)) }
    #expect(error?.code == .convertUnsupportedPreprocessing && error?.place == key)
    // The same at the value that does nothing.
    let off = text.replacing("true", with: "false").replacing("0.875", with: "null").replacing(
      ": 32", with: ": 1")
    if key != "size", key != "do_sharpen" { _ = try PreprocessingFiles.huggingFace(json(off)) }
  }

  @Test(
    "Values of another kind",
    arguments: [#"{"size": 224, "resample": "bicubic"}"#, #"{"size": 224, "image_mean": 0.5}"#])
  func kinds(_ text: String) throws {
    let error = #expect(throws: MISTError.self) { _ = try PreprocessingFiles.huggingFace(json(text)) }
    #expect(error?.code == .convertBadConfigurationFile)
  }

  /// timm's first files have all in one object.
  @Test func pixelsOfFlatFiles() throws {
    let config =
      #"{"architecture": "vit_tiny", "input_size": [3, 32, 32], "crop_pct": 0.5, "mean": [0, 0, 0]}"#
    let source = try ModelSource(
      archive: ViTFixture.named("timm-vit").archive(), config: [UInt8](config.utf8),
      preprocessor: [UInt8]("{}".utf8))
    #expect(try PreprocessingFiles.timm(#require(source.config?.timmPixels)).resize == .shortestEdge(64))
    #expect(try PreprocessingFiles.timm(#require(source.config?.timmPixels)).mean == [0, 0, 0])
  }

  /// No option says the order of channels, so options do not help either.
  @Test func flippedChannelsAreRefused() throws {
    let config = Data(#"{"num_attention_heads": 3}"#.utf8)
    let processor = Data(#"{"size": 32, "do_flip_channel_order": true}"#.utf8)
    let source = try ModelSource(
      archive: ViTFixture.named("hf-vit").archive(), config: [UInt8](config), preprocessor: [UInt8](processor)
    )
    var options = ConversionOptions()
    options.resize = .exact(height: 32, width: 32)
    options.crop = .some(nil)
    options.interpolation = .bilinear
    (options.mean, options.std) = ([0, 0, 0], [1, 1, 1])
    for options in [ConversionOptions(), options] {
      let error = #expect(throws: MISTError.self) { _ = try Conversion(source, options: options) }
      #expect(error?.code == .convertUnsupportedPreprocessing && error?.place == "do_flip_channel_order")
    }
  }

  @Test func timmConfigurations() throws {
    let base = try PreprocessingFiles.timm(
      json(
        #"{"input_size": [3, 224, 224], "crop_pct": 0.9, "interpolation": "bicubic", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}"#
      ))
    #expect(base.resize == .shortestEdge(248))
    #expect(base.crop == [224, 224])
    let squash = try PreprocessingFiles.timm(
      json(
        #"{"input_size": [3, 384, 384], "crop_pct": 1.0, "crop_mode": "squash", "interpolation": "bilinear"}"#
      ))
    #expect(squash.resize == .exact(height: 384, width: 384))
    #expect(squash.interpolation == .bilinear)
  }

  @Test(
    "Steps that cannot be expressed are refused",
    arguments: [
      #"{"size": 224, "resample": 1}"#, #"{"size": 224, "rescale_factor": 0.0078}"#,
      #"{"size": {"longest_edge": 5}}"#,
      #"{"do_resize": false, "size": 224}"#, #"{"size": 224, "do_rescale": false}"#, #"{"size": 0}"#,
      #"{"size": 224, "image_std": [0, 1, 1]}"#, #"{"size": 224, "image_mean": [0.5]}"#,
    ])
  func unsupported(_ text: String) throws {
    let error = #expect(throws: MISTError.self) { _ = try PreprocessingFiles.huggingFace(json(text)) }
    #expect(error?.code == .convertUnsupportedPreprocessing)
  }

  @Test(
    "timm configurations that no image has are refused",
    arguments: [
      #"{"input_size": [3, 1e18, 1e18]}"#, #"{"input_size": [3, 0, 0]}"#, #"{"input_size": [3, -8, 8]}"#,
      #"{"input_size": [3, 224.5, 224]}"#, #"{"input_size": [224, 224]}"#, #"{}"#,
      #"{"input_size": [3, 224, 224], "crop_pct": 1e-300}"#,
      #"{"input_size": [3, 224, 192], "crop_mode": "center"}"#,
      #"{"input_size": [3, 224, 224], "crop_mode": "border"}"#,
      #"{"input_size": [3, 224, 224], "interpolation": "nearest"}"#,
      #"{"input_size": [3, 224, 224], "channel_order": "bgr"}"#,
    ])
  func unsupportedTimm(_ text: String) throws {
    let error = #expect(throws: MISTError.self) { _ = try PreprocessingFiles.timm(json(text)) }
    #expect(error?.code == .convertUnsupportedPreprocessing)
  }

  @Test func sourcesInOrder() throws {
    #expect(
      try Conversion(ModelSource(path: ViTFixture.named("hf-dinov2").path)).plan.preprocessing.resize
        == .shortestEdge(36))
    #expect(
      try Conversion(ModelSource(path: ViTFixture.named("timm-vit").path)).plan.preprocessing.resize
        == .shortestEdge(35))
    let hub = try ViTFixture.named("hub-dinov2-registers")
    #expect(
      try Conversion(ModelSource(path: hub.path), options: hub.options).plan.preprocessing.crop == [224, 224])
  }

  @Test func optionsReplaceParts() throws {
    var options = ConversionOptions()
    options.resize = .shortestEdge(40)
    options.crop = .some(nil)
    let path = try ViTFixture.named("hf-dinov2").path
    let p = try Conversion(ModelSource(path: path), options: options).plan.preprocessing
    #expect(p.resize == .shortestEdge(40))
    #expect(p.crop == nil)
    #expect(p.mean == Preprocessing.imageNetMean)
    options.std = [1, 0, 1]
    let error = #expect(throws: MISTError.self) {
      _ = try Conversion(ModelSource(path: path), options: options)
    }
    #expect(error?.code == .usage)
  }

  @Test func codingIsStable() throws {
    let p = Preprocessing(
      resize: .exact(height: 4, width: 6), crop: nil, interpolation: .bilinear, mean: [0, 0, 0],
      std: [1, 1, 1])
    let text = try CanonicalMetadata.json(p)
    #expect(text == #"{"interpolation":"bilinear","mean":[0,0,0],"resize":{"exact":[4,6]},"std":[1,1,1]}"#)
    #expect(try JSONDecoder().decode(Preprocessing.self, from: Data(text.utf8)) == p)
  }
}
