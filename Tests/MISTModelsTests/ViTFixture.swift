import Foundation
import MISTFormats
import MISTModels
import TestSupport
import Testing

/// The models of `Fixtures/vit`, each written by its own library.
struct ViTFixture: Sendable, CustomTestStringConvertible {
  let folder: String
  let convention: String
  let prefix: String
  var testDescription: String { folder }

  var path: String { Fixture.path("vit/\(folder)") }
  var weights: String { path + "/model.safetensors" }

  static let all = [
    ViTFixture(folder: "timm-vit", convention: "timm", prefix: ""),
    ViTFixture(folder: "timm-dinov2-reg", convention: "timm", prefix: ""),
    ViTFixture(folder: "timm-swiglu", convention: "timm-swiglu", prefix: ""),
    ViTFixture(folder: "timm-prenorm", convention: "timm", prefix: "module.backbone."),
    ViTFixture(folder: "hf-vit", convention: "huggingface-vit", prefix: ""),
    ViTFixture(folder: "hf-vit-classifier", convention: "huggingface-vit", prefix: "vit."),
    ViTFixture(folder: "hf-dinov2", convention: "huggingface-dinov2", prefix: ""),
    ViTFixture(folder: "hf-dinov2-classifier", convention: "huggingface-dinov2", prefix: "dinov2."),
    ViTFixture(folder: "hf-dinov2-registers", convention: "huggingface-dinov2", prefix: ""),
    ViTFixture(folder: "hub-dinov2-registers", convention: "dinov2", prefix: ""),
    ViTFixture(folder: "../vit-sources/siglip-gap", convention: "timm", prefix: ""),
    ViTFixture(folder: "../vit-sources/ijepa", convention: "huggingface-vit", prefix: ""),
    ViTFixture(folder: "../vit-sources/deit3", convention: "deit3", prefix: ""),
    ViTFixture(folder: "../vit-sources/torchvision", convention: "torchvision", prefix: ""),
  ]

  static func named(_ folder: String) throws -> ViTFixture { try #require(all.first { $0.folder == folder }) }

  /// What a conversion needs besides the files: some have no `config.json`.
  var options: ConversionOptions {
    var options = ConversionOptions()
    if folder.hasPrefix("hub") || folder.hasPrefix("../") { options.heads = [3] }
    return options
  }

  func archive() throws -> EditedArchive { EditedArchive(try SafetensorsArchive(path: weights)) }
}

/// Options for archives without files beside them: width 24 is no published model's.
func bareOptions() -> ConversionOptions {
  var options = ConversionOptions()
  options.heads = [3]
  return options
}

/// The error that planning a conversion of `archive` throws.
func planError(_ archive: some TensorArchive, _ options: ConversionOptions = bareOptions()) -> MISTError? {
  #expect(throws: MISTError.self) { _ = try Conversion(ModelSource(archive: archive), options: options) }
}
