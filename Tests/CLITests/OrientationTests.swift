import Foundation
import TestSupport
import Testing

/// Photographs with an EXIF orientation through the tools.
@Suite struct OrientationTests {
  private func probabilities(_ item: [String: Any]) throws -> [Double] {
    try #require(item["classes"] as? [[String: Any]]).compactMap { $0["probability"] as? Double }
  }

  private static func photos(in folder: String) throws {
    for name in ["a", "b"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/train/\(name)", withIntermediateDirectories: true)
    }
    let oriented = Fixture.path("vision/oriented")
    for (from, to) in [("little-1.jpg", "a/plain.jpg"), ("little-6.jpg", "b/phone.jpg")] {
      try FileManager.default.copyItem(atPath: "\(oriented)/\(from)", toPath: "\(folder)/train/\(to)")
    }
  }

  /// The same pixels with and without the tag: the same features where it is ignored, others where it is applied.
  @Test func extractSaysWhatItDidAndPredictDoesTheSame() throws {
    try Fixture.withTemporaryFolder { folder in
      try Self.photos(in: folder + "/photos")
      let model = folder + "/model.safetensors"
      let told = try mist("convert", Fixture.path("vit/hf-vit-classifier"), "-o", model).output
      #expect(told.contains(", EXIF orientation applied\n"))
      var features: [String: [Data]] = [:]
      for (name, options, note) in [
        ("apply", [], "train: 1 of 2 images carries an EXIF orientation, and was turned by it\n"),
        (
          "ignore", ["--orientation", "ignore"],
          "train: 1 of 2 images carries an EXIF orientation, which was ignored as the preprocessing says; "
            + "--orientation apply turns them\n"
        ),
      ] {
        let store = "\(folder)/\(name)"
        let result = try Tool.run(
          ["extract", model, folder + "/photos", "-o", store, "--json", "--dtype", "f32"] + options)
        #expect(result.status == 0 && result.errors.contains(note), "\(result.errors)")
        let report = try json(result.output)
        #expect(report["orientation"] as? String == name)
        let splits = try #require(report["splits"] as? [[String: Any]])
        #expect(splits.count == 1 && splits[0]["oriented"] as? Int == 1 && splits[0]["samples"] as? Int == 2)
        let manifest = try json(String(contentsOfFile: store + "/manifest.json", encoding: .utf8))
        let preprocessing = try #require(manifest["preprocessing"] as? [String: Any])
        #expect(preprocessing["orientation"] as? String == (name == "apply" ? "apply" : nil))
        #expect((manifest["splits"] as? [[String: Any]])?[0]["oriented"] as? Int == 1)
        // Two samples of one tensor: the last bytes of the shard.
        let shard = try Data(contentsOf: URL(fileURLWithPath: store + "/train-00000-of-00001.safetensors"))
        let size = shard.count / 16
        features[name] = [shard.suffix(2 * size).prefix(size), shard.suffix(size)]
      }
      let report = try json(
        try mist("inspect", folder + "/apply", "--json").output)
      #expect("\(report)".contains("orientation"))

      let images = ["a/plain.jpg", "b/phone.jpg"].map { folder + "/photos/train/" + $0 }
      let result = try Tool.run(["predict", model] + images + ["--json"])
      #expect(result.errors.contains("1 of 2 images carries an EXIF orientation, and was turned by it"))
      let items = try #require(try json(result.output)["items"] as? [[String: Any]])
      #expect(items.map { $0["orientation"] as? Int } == [nil, 6])
      let turned = try items.map(probabilities)
      #expect(turned[0] != turned[1])
      let other = folder + "/other.safetensors"
      try mist("convert", model, "-o", other, "--orientation", "ignore")
      let ignored = try Tool.run(["predict", other] + images + ["--json"])
      #expect(ignored.errors.contains("which was ignored as the preprocessing says"))
      let same = try #require(try json(ignored.output)["items"] as? [[String: Any]]).map(probabilities)
      #expect(same[0] == same[1] && same[0] == turned[0])
    }
  }

  /// A mask of the picture as it is shown.
  @Test func masksOfTurnedImagesAreTurned() throws {
    try Fixture.withTemporaryFolder { folder in
      let model = folder + "/model.safetensors"
      try mist("convert", Fixture.path("segformer/hf-segformer-hub"), "-o", model)
      let phone = Fixture.path("vision/oriented/little-6.jpg")
      let result = try mist("predict", model, phone, "-o", folder + "/masks", "--json")
      let item = try #require((try json(result.output)["items"] as? [[String: Any]])?.first)
      #expect(item["height"] as? Int == 6 && item["width"] as? Int == 4)
    }
  }

  @Test(arguments: ["vit/timm-vit", "dinov3/hf", "segformer/hf-segformer-encoder"])
  func benchAndExtractHaveTheSameDepths(_ fixture: String) throws {
    try Fixture.withTemporaryFolder { folder in
      let model = folder + "/model.safetensors"
      try mist("convert", Fixture.path(fixture), "-o", model)
      if fixture.hasPrefix("segformer") {
        try DrawnScenes.write(to: folder + "/images", training: 1, validation: 1)
      } else {
        try DrawnImages.write(to: folder + "/images", counts: [("train", 1)])
      }
      let planned = try json(try mist("extract", model, folder + "/images", "--dry-run", "--json").output)
      let measured = try json(
        try mist("bench", model, "--seconds", "0.05", "--threads", "1", "--size", "64x64", "--json").output)
      let depths = try #require(planned["gather"] as? [Int])
      #expect(!depths.isEmpty && measured["gathers"] as? [Int] == depths)
    }
  }
}
