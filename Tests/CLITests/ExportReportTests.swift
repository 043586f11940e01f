import Foundation
import TestSupport
import Testing

/// `mist export --report` and `--dtype auto`.
@Suite struct ExportReportTests {
  /// int8 on int8 features is integers on a device, and so it is here.
  @Test func integersAreMeasuredAsADeviceMultipliesThem() throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, head) = (folder + "/model.safetensors", folder + "/head.safetensors")
      try DrawnImages.write(to: folder + "/images", counts: [("train", 24), ("val", 40)])
      try mist("convert", Fixture.path("vit/hf-vit"), "-o", model)
      for dtype in ["int8", "f16"] {
        let store = folder + "/" + dtype
        try mist("extract", model, folder + "/images", "-o", store, "--gather", "2", "--dtype", dtype)
        if dtype == "int8" {
          try mist(
            "train", store, "-o", head, "--method", "lae", "--depth", "2", "--rank", "4", "--epochs", "4")
        }
        let told = try mist(
          "export", head, "-o", folder + "/" + dtype + ".mistedge", "--dtype", "int8", "--report",
          "--features", store, "--json")
        #expect(told.errors.contains("products of integers") == (dtype == "int8"), "\(told.errors)")
        let variants = try #require(json(told.output)["variants"] as? [[String: Any]])
        let shards = try FileManager.default.contentsOfDirectory(atPath: store).sorted()
          .filter { $0.hasPrefix("val-") }.map { store + "/" + $0 }
        let run = try Tool.run(
          ["run", folder + "/" + dtype + ".mistedge"] + shards + ["--json"], tool: "mist-edge")
        #expect(run.status == 0, "\(run.errors)")
        let last = try json(String(#require(run.output.split(separator: "\n").last)))
        let (correct, samples) = (
          try #require(last["correct"] as? Int), try #require(last["samples"] as? Int)
        )
        #expect(variants.last?["dtype"] as? String == "int8")
        #expect(variants.last?["score"] as? Double == Double(correct) / Double(samples))
      }
    }
  }

  @Test func autoTakesTheSmallestThatIsGoodEnough() throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, store, head) = (
        folder + "/model.safetensors", folder + "/features", folder + "/head.safetensors"
      )
      try DrawnImages.write(to: folder + "/images", counts: [("train", 24), ("val", 12)])
      try mist("convert", Fixture.path("vit/hf-vit"), "-o", model)
      try mist("extract", model, folder + "/images", "-o", store, "--gather", "2")
      try mist("train", store, "-o", head, "--method", "linear", "--epochs", "20")
      for limit in ["0", "100"] {
        let bundle = folder + "/head-\(limit).mistedge"
        let output = try mist(
          "export", head, "-o", bundle, "--dtype", "auto", "--max-drop", limit, "--features", store, "--json"
        ).output
        let report = try json(output)
        let variants = try #require(report["variants"] as? [[String: Any]])
        #expect(variants.map { $0["dtype"] as? String } == ["f32", "f16", "int8"])
        let points = try #require(Double(limit))
        let within = variants.filter { 100 * ($0["drop"] as? Double ?? .infinity) <= points + 1e-9 }
        let smallest = within.compactMap { $0["bytes"] as? Int }.min()
        #expect(report["bytes"] as? Int == smallest)
        #expect(try Data(contentsOf: URL(fileURLWithPath: bundle)).count == smallest)
        #expect(limit == "0" || report["dtype"] as? String == "int8")
      }
      // What is measured is what `eval` says of the head.
      let report = try json(
        mist("export", head, "-o", folder + "/head.mistedge", "--report", "--features", store, "--json")
          .output)
      let f32 = try #require((report["variants"] as? [[String: Any]])?.first)
      let eval = try json(mist("eval", head, store, "--split", "val", "--json").output)
      #expect(f32["score"] as? Double == eval["accuracy"] as? Double)
      #expect((report["paper"] as? [String: Any])?["method"] as? String == "linear probing")

      // A weight that f16 cannot hold.
      let large = folder + "/large.safetensors"
      var bytes = try Data(contentsOf: URL(fileURLWithPath: head))
      let headerSize = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      let header = try json(String(decoding: bytes[8..<8 + headerSize], as: UTF8.self))
      let classifier = try #require(header["classifier.weight"] as? [String: Any])
      let start = try #require((classifier["data_offsets"] as? [Int])?.first) + 8 + headerSize
      withUnsafeBytes(of: Float(1e6).bitPattern.littleEndian) {
        bytes.replaceSubrange(start..<start + 4, with: $0)
      }
      try bytes.write(to: URL(fileURLWithPath: large))
      let options = ["export", large, "-o", folder + "/large.mistedge", "--report", "--features", store]
      let told = try mist(options + ["--json"])
      #expect(told.errors.contains("no bundle of f16 is possible"), "\(told.errors)")
      let possible = try #require(json(told.output)["variants"] as? [[String: Any]])
      #expect(possible.map { $0["dtype"] as? String } == ["f32", "int8"])
      let refused = try Tool.run(options + ["--dtype", "f16"])
      #expect(refused.status == 65 && refused.errors.contains("export.unrepresentable"), "\(refused.errors)")

      for wrong in [
        ["--dtype", "auto"], ["--report"], ["--max-drop", "1"], ["--threads", "2"],
        ["--dtype", "auto", "--features", store, "--max-drop", "-1"],
      ] {
        let refused = try Tool.run(["export", head, "-o", folder + "/none.mistedge"] + wrong)
        #expect(refused.status == 64, "\(wrong)")
        #expect(!FileManager.default.fileExists(atPath: folder + "/none.mistedge"))
      }
    }
  }
}
