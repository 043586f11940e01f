import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// The models of `Fixtures/dinov3`, each written by its own library.
struct DINOv3Fixture: Sendable, CustomTestStringConvertible {
  let folder: String
  let convention: String
  /// Its graphs: with names, and with none.
  let graphs: [String]
  var testDescription: String { folder }

  var path: String { Fixture.path("dinov3/\(folder)") }

  static let all = [
    DINOv3Fixture(folder: "timm", convention: "timm-dinov3", graphs: ["model", "model-stripped"]),
    DINOv3Fixture(folder: "timm-plus", convention: "timm-dinov3-swiglu", graphs: ["model"]),
    DINOv3Fixture(folder: "timm-qkvb", convention: "timm-dinov3", graphs: ["model"]),
    DINOv3Fixture(folder: "hf", convention: "huggingface-dinov3", graphs: ["model", "model-stripped"]),
    DINOv3Fixture(folder: "hf-plus", convention: "huggingface-dinov3-gated", graphs: ["model-stripped"]),
    DINOv3Fixture(folder: "hub", convention: "dinov3", graphs: []),
    DINOv3Fixture(folder: "hub-plus", convention: "dinov3", graphs: []),
    DINOv3Fixture(folder: "hub-untied", convention: "dinov3", graphs: []),
  ]

  static func named(_ folder: String) throws -> DINOv3Fixture {
    try #require(all.first { $0.folder == folder })
  }

  var isGated: Bool { folder.hasSuffix("plus") }
  var isFacebooks: Bool { folder.hasPrefix("hub") }

  func archive() throws -> EditedArchive {
    EditedArchive(try SafetensorsArchive(path: path + "/model.safetensors"))
  }
}

extension ConversionPlan {
  var dinov3: DINOv3Configuration {
    get throws { try #require(configuration.details as? DINOv3Configuration) }
  }
}
