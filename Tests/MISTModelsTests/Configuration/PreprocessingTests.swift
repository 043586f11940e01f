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
          std: [0.25, 0.5, 0.5], orientation: .apply))
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
          std: Preprocessing.imageNetStd, orientation: .apply))
    // Older processors wrote a bare number for an exact size.
    #expect(
      try PreprocessingFiles.huggingFace(json(#"{"size": 224}"#)).resize == .exact(height: 224, width: 224))
    #expect(
      try PreprocessingFiles.huggingFace(json(#"{"size": 224, "do_normalize": false}"#)).std == [1, 1, 1])
  }

  @Test func timmConfigurations() throws {
    let base = try PreprocessingFiles.timm(
      json(
        #"{"input_size": [3, 224, 224], "crop_pct": 0.9, "interpolation": "bicubic", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}"#
      ))
    #expect(base.resize == .shortestEdge(248))
    #expect(base.crop == [224, 224] && base.orientation == .ignore)
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
