import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// What a destination cannot hold.
@Suite struct DestinationRefusalTests {
  @Test(
    "What a destination cannot express is refused before anything is written",
    arguments: [
      ("vit/timm-dinov2-reg", Destination.hf, "no position"), ("vit/timm-swiglu", .hf, "gated"),
      ("vit/timm-prenorm", .hf, "before the first block"), ("segformer/hf-segformer-hub", .timm, "SegFormer"),
      ("segformer/hf-segformer-hub/model.onnx", .hf, "folded"),
      ("segformer/hf-segformer-hub/model.onnx", .nvlabs, "folded"),
      ("segformer/hf-segformer-hub", .mmseg, "another function"), ("vit/timm-vit", .nvlabs, "ViT"),
      ("vit/timm-vit", .mmseg, "ViT"),
      ("segformer/hf-segformer-hub", .jax, "SegFormer"), ("vit/hf-dinov2", .jax, "layer scales"),
      ("vit/timm-dinov2-reg", .jax, "register"), ("vit/timm-prenorm", .jax, "before the first block"),
      ("vit/timm-swiglu", .jax, "gated"),
      ("vit/hf-dinov2-classifier", .timm, "the class token and the patches' mean"),
      ("segformer/hf-segformer-classifier", .mmseg, "classifier of images"),
    ])
  func refusals(_ fixture: String, _ destination: Destination, _ word: String) throws {
    let conversion = try Conversion(ModelSource(path: Fixture.path(fixture)))
    let error = #expect(throws: MISTError.self) { _ = try conversion.plan(for: destination) }
    #expect(error?.code == .convertUnsupportedModel)
    #expect(error?.problem.contains(word) == true, "\(error?.problem ?? "")")
  }

  @Test func numPyHasNoBFloat16() throws {
    var options = ConversionOptions()
    options.dtype = .bf16
    let conversion = try Conversion(ModelSource(path: Fixture.path("vit/timm-vit")), options: options)
    let error = #expect(throws: MISTError.self) { _ = try conversion.plan(for: .jax) }
    #expect(error?.advice?.contains("--dtype f32") == true)
  }

  @Test func aFolderThatIsAFileIsRefused() throws {
    try Fixture.withTemporaryFolder { folder in
      let conversion = try Conversion(ModelSource(path: Fixture.path("vit/timm-vit")))
      let plan = try #require(try conversion.plan(for: .hf))
      try Data().write(to: URL(fileURLWithPath: folder + "/taken"))
      let error = #expect(throws: MISTError.self) { try conversion.write(plan, toFolder: folder + "/taken") }
      #expect(error?.code == .fileWriteFailed)
    }
  }

  @Test func anOverlongDescriptionIsRefused() {
    let text = String(repeating: " ", count: CarriedModel.limit + 1)
    let error = #expect(throws: MISTError.self) {
      _ = try CarriedModel.read([CarriedModel.key: text], file: "x")
    }
    #expect(error?.code == .convertBadModelMetadata)
  }
}
