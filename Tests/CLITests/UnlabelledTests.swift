import Foundation
import MISTVision
import TestSupport
import Testing

/// Masks of which nothing can be learned, from extraction to evaluation.
@Suite struct UnlabelledTests {
  private static func blank(_ folder: String, keeping: Int) throws {
    for number in keeping..<2 {
      let path = "\(folder)/scenes/annotations/training/scene-\(number).png"
      let mask = try LabelMapDecoder.decode(path)
      let values = mask.values.indices.map { $0 % 5 == 0 ? UInt8(255) : 0 }
      try PNGFile.writeIndexed(
        LabelMap(width: mask.width, height: mask.height, values: values),
        palette: Palette.standard(classes: 3), to: path)
    }
  }

  @Test func extractRefusesAndOthersDoToo() throws {
    try Fixture.withTemporaryFolder { folder in
      let model = folder + "/model.safetensors"
      try DrawnScenes.write(to: folder + "/scenes", training: 2, validation: 1)
      try mist("convert", Fixture.path("segformer/hf-segformer-hub"), "-o", model)
      let (whole, store) = (folder + "/whole", folder + "/store")
      let extract = ["extract", model, folder + "/scenes", "--gather", "7", "--dtype", "f32", "-o"]
      #expect(try Tool.run(extract + [whole]).status == 0)
      let head = folder + "/head.safetensors"
      let options = ["--head", "linear", "--lae", "none", "--epochs", "1", "--k", "7", "--lr", "1e-3"]
      #expect(try Tool.run(["train", whole, "-o", head] + options).status == 0)

      try Self.blank(folder, keeping: 1)
      let some = try Tool.run(extract + [store, "--json"])
      #expect(some.status == 0)
      #expect(
        some.errors.contains(
          "train: 1 of 2 samples have masks without a labelled pixel (0 means 'other' and 255 is ignored; see --no-reduce-zero-label)\n"
        ), "\(some.errors)")
      #expect(some.output.contains("\"unlabelled\" : 1"))

      try Self.blank(folder, keeping: 0)
      for last in [[folder + "/none"], [folder + "/none", "--dry-run"]] {
        let refused = try Tool.run(extract + last)
        #expect(refused.status == 65)
        #expect(refused.errors.contains("error[masks.unlabelled]: split 'train': none of its 2 annotations"))
        #expect(!FileManager.default.fileExists(atPath: folder + "/none"))
      }

      // A store of which an earlier mist said nothing.
      let shard = whole + "/train-00000-of-00001.safetensors"
      var bytes = try Data(contentsOf: URL(fileURLWithPath: shard))
      let size = 2 * 64 * 64
      try #require(bytes.count > size)
      let header = String(decoding: bytes.prefix(6000), as: UTF8.self)
      try #require(header.contains("\"mist.mask\":\"64x64\""))
      bytes.replaceSubrange(bytes.count - size..<bytes.count, with: Data(repeating: 255, count: size))
      try bytes.write(to: URL(fileURLWithPath: shard))
      let trained = try Tool.run(["train", whole, "-o", folder + "/other.safetensors"] + options)
      #expect(trained.status == 65)
      #expect(
        trained.errors.contains(
          "error[training.no-targets]: \(whole): split 'train': none of its 2 images has a labelled pixel; extract again"
        ),
        "\(trained.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder + "/other.safetensors"))
      let measured = try Tool.run(["eval", head, whole, "--split", "train"])
      #expect(measured.status == 65 && measured.errors.contains("error[training.no-targets]"))
    }
  }
}
