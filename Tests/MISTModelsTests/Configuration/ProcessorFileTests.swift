import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// What preprocessing files say is applied or refused, and what they leave out is their processor's own.
@Suite struct ProcessorFileTests {
  private func json(_ text: String) throws -> ForeignJSON { try ForeignJSON(Data(text.utf8), file: "test") }

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
}
