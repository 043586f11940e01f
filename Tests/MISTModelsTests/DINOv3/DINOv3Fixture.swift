import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// The models of `Fixtures/dinov3`, each written by its own library.
struct DINOv3Fixture: Sendable, CustomTestStringConvertible {
  let folder: String
  let convention: String
  var testDescription: String { folder }

  var path: String { Fixture.path("dinov3/\(folder)") }

  static let all = [
    DINOv3Fixture(folder: "timm-dinov3", convention: "timm-dinov3"),
    DINOv3Fixture(folder: "timm-dinov3-plus-qkvb", convention: "timm-dinov3-swiglu"),
    DINOv3Fixture(folder: "hf-dinov3", convention: "huggingface-dinov3"),
    DINOv3Fixture(folder: "hf-dinov3-plus", convention: "huggingface-dinov3-gated"),
    DINOv3Fixture(folder: "hub-dinov3", convention: "dinov3"),
  ]

  static func named(_ folder: String) throws -> DINOv3Fixture {
    try #require(all.first { $0.folder == folder })
  }

  var isGated: Bool { folder.contains("plus") || folder.hasPrefix("hub") }
  /// Whether its library exports graphs.
  var hasGraph: Bool { !folder.hasPrefix("hub") }

  func archive() throws -> EditedArchive {
    EditedArchive(try SafetensorsArchive(path: path + "/model.safetensors"))
  }
}

extension ConversionPlan {
  var dinov3: DINOv3Configuration {
    get throws { try #require(configuration.details as? DINOv3Configuration) }
  }
}
