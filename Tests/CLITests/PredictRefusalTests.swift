import Foundation
import TestSupport
import Testing

/// What `mist predict` refuses.
@Suite struct PredictRefusalTests {
  @Test func filesThatDoNotGoTogetherAreRefusedByWhatTheyAre() throws {
    try Fixture.withTemporaryFolder { folder in
      let (vit, segformer) = (folder + "/vit.safetensors", folder + "/segformer.safetensors")
      try mist("convert", Fixture.path("vit/hf-vit"), "-o", vit)
      try mist("convert", Fixture.path("segformer/hf-segformer-hub"), "-o", segformer)
      let (image, out) = (Fixture.path("images/chelsea.jpg"), folder + "/out")
      let bundle = Fixture.path("edge-bundle/f32.mistedge")
      let features = Fixture.path("edge-features/f32.safetensors")
      // A model whose name claims to be a picture is a model all the same.
      let disguised = folder + "/model.png"
      try FileManager.default.copyItem(atPath: segformer, toPath: disguised)
      #expect(try Tool.run(["predict", disguised, image, "-o", out]).status == 0)
      try FileManager.default.removeItem(atPath: out)

      try FileManager.default.createDirectory(atPath: folder + "/empty", withIntermediateDirectories: true)
      try Data("not a picture".utf8).write(to: URL(fileURLWithPath: folder + "/text.jpg"))
      try FileManager.default.copyItem(atPath: image, toPath: folder + "/chelsea.png")
      let cases: [(arguments: [String], code: String, status: Int32)] = [
        ([vit], "usage", 64), ([bundle], "usage", 64), ([image, vit], "usage", 64),
        ([features, bundle], "usage", 64), ([bundle, image], "usage", 64),
        ([vit, bundle, features], "usage", 64), ([vit, segformer], "usage", 64),
        ([segformer, image], "usage", 64),
        ([vit, folder + "/none.jpg"], "file.not-found", 66),
        ([segformer, folder + "/empty", "-o", out], "predict.no-images", 66),
        ([vit, image, "-o", out], "predict.no-head", 64),
        ([segformer, image, folder + "/chelsea.png", "-o", out], "predict.same-name", 64),
        ([segformer, folder + "/text.jpg", "-o", out], "image.unknown-format", 65),
        ([vit, bundle, image], "head.model-mismatch", 65),
        ([bundle, folder + "/text.jpg"], "edge-features.header-too-large", 65),
      ]
      for (arguments, code, status) in cases {
        let result = try Tool.run(["predict"] + arguments)
        #expect(result.status == status, "\(arguments): \(result.errors)")
        #expect(result.errors.contains("error[\(code)]"), "\(arguments): \(result.errors)")
        #expect(result.output.isEmpty)
      }
      // Nothing was written by any of them but the folder of the unreadable image.
      let left = (try? FileManager.default.contentsOfDirectory(atPath: out)) ?? []
      #expect(left.isEmpty, "\(left)")
    }
  }

  @Test func imagesAreNeverWrittenOver() throws {
    try Fixture.withTemporaryFolder { folder in
      let model = folder + "/model.safetensors"
      try mist("convert", Fixture.path("segformer/hf-segformer-hub"), "-o", model)
      let images = folder + "/images"
      try FileManager.default.createDirectory(atPath: images, withIntermediateDirectories: true)
      for name in ["cat.jpg", "cat-mask.png"] {
        try FileManager.default.copyItem(
          atPath: Fixture.path("images/chelsea.jpg"), toPath: "\(images)/\(name)")
      }
      let before = try Data(contentsOf: URL(fileURLWithPath: images + "/cat-mask.png"))
      let result = try Tool.run(["predict", model, images, "-o", images + "/../images"])
      #expect(result.status == 64 && result.errors.contains("error[file.overwrites-input]"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: images + "/cat-mask.png")) == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: images).count == 2)
    }
  }
}
