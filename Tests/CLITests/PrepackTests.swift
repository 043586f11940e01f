import Foundation
import TestSupport
import Testing

/// `mist convert --prepack`: files beside the model, which every verb uses, says that it passes over, or refuses.
@Suite struct PrepackTests {
  private static let source = Fixture.path("vit/hf-vit-classifier")

  /// The bytes of a store's shards, by name.
  private func shards(_ store: String) throws -> [String: Data] {
    let names = try FileManager.default.contentsOfDirectory(atPath: store)
    return try Dictionary(
      uniqueKeysWithValues: names.filter { $0.hasSuffix(".safetensors") }.map {
        ($0, try Data(contentsOf: URL(fileURLWithPath: store + "/" + $0)))
      })
  }

  @Test func aStoreThatWasBegunWithoutGoesOnWithIt() throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, packed) = (folder + "/model.safetensors", folder + "/packed.safetensors")
      try DrawnImages.write(to: folder + "/images", counts: [("train", 24)])
      try mist("convert", Self.source, "-o", model)
      let written = try mist("convert", Self.source, "-o", packed, "--prepack", "f32")
      #expect(written.output.contains("packed \(packed).prepack-f32"))
      let inspected = try mist("inspect", packed).output
      #expect(inspected.contains("\(packed).prepack-f32: f32, "))

      let (whole, begun) = (folder + "/whole", folder + "/begun")
      let extract = { (model: String, store: String) in
        ["extract", model, folder + "/images", "-o", store, "--shard-size", "2"]
      }
      try mist(extract(model, whole))
      _ = try Tool.shell(
        """
        mist \(extract(model, begun).joined(separator: " ")) & tool=$!
        until [ -e '\(begun)/plan.sha256' ]; do kill -0 $tool || break; sleep 0.01; done
        kill -9 $tool; wait
        """, in: folder)
      try mist(extract(packed, begun))
      #expect(try shards(whole) == shards(begun))
      let manifests = try [whole, begun].map {
        try String(contentsOfFile: $0 + "/manifest.json", encoding: .utf8)
          .replacingOccurrences(of: "packed.safetensors", with: "model.safetensors")
      }
      #expect(manifests[0] == manifests[1])
    }
  }

  @Test func anotherModelsAreRefusedBeforeAnythingIsShownOrStored() throws {
    try Fixture.withTemporaryFolder { folder in
      let model = folder + "/model.safetensors"
      try DrawnImages.write(to: folder + "/images", counts: [("train", 2)])
      try mist("convert", Self.source, "-o", model, "--prepack", "f32")
      // The same shapes, and other weights.
      let again = try mist("convert", Self.source, "-o", model, "--dtype", "f16")
      #expect(again.errors.contains("\(model).prepack-f32 was packed of another model"))
      let golden = Fixture.path("vit/hf-vit-classifier/golden-logits.safetensors")
      for verb in [
        ["predict", model, folder + "/images/train/left"], ["verify", model, "--golden", golden],
        ["extract", model, folder + "/images", "-o", folder + "/features"],
      ] {
        let result = try Tool.run(verb)
        #expect(result.status == 65 && result.errors.contains("error[prepack.other-model]"), "\(verb)")
        #expect(result.output.isEmpty, "\(result.output)")
      }
      let stored = try FileManager.default.contentsOfDirectory(atPath: folder + "/features")
      #expect(!stored.contains { $0.hasSuffix(".safetensors") })
      let passed = try mist("verify", model, "--golden", golden, "--backend", "openblas")
      #expect(passed.errors.contains("is passed over"))
    }
  }

  @Test func jsonNamesThem() throws {
    try Fixture.withTemporaryFolder { folder in
      let model = folder + "/model.safetensors"
      let output = try mist("convert", Self.source, "-o", model, "--prepack", "f32", "--json").output
      let report = try #require(
        JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
      let packed = try #require(report["prepacked"] as? [[String: Any]])
      #expect(packed.count == 1 && packed[0]["precision"] as? String == "f32")
      #expect(packed[0]["file"] as? String == model + ".prepack-f32")
      #expect(packed[0]["bytes"] as? Int ?? 0 > 0)
    }
  }

  @Test func optionsThatCannotBe() throws {
    for options in [["--prepack", "f16"], ["--prepack", "bf16", "--to", "hf"]] {
      let result = try Tool.run(["convert", Self.source, "-o", "/nowhere/out"] + options)
      #expect(result.status == 64 && result.errors.contains("--prepack"), "\(result.errors)")
    }
  }
}
