import Foundation
import TestSupport
import Testing

/// `mist inspect` as a user meets it: what it prints, as JSON too, and its exit statuses.
@Suite struct InspectTests {
  private func json(_ arguments: [String], status: Int32 = 0) throws -> [String: Any] {
    let result = try Tool.run(["inspect"] + arguments + ["--json"])
    #expect(result.status == status, "\(result.errors)")
    return try #require(
      JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  @Test(arguments: [
    ("vit/timm-vit", "checkpoint"), ("vit/hf-vit/model.onnx", "checkpoint"),
    ("edge-bundle/maps-int8.mistedge", "edge-bundle"), ("malformed/feature-store/valid", "feature-store"),
    ("malformed/head/valid.safetensors", "mist-head"),
    ("malformed/canonical-checkpoint/valid.safetensors", "canonical-checkpoint"),
    ("malformed/feature-store/valid/test-00000-of-00001.safetensors", "feature-shard"),
  ])
  func everyKindHasStatistics(path: String, kind: String) throws {
    let report = try json([Fixture.path(path), "--stats"])
    #expect(report["kind"] as? String == kind)
    let tensors = try #require(report["tensors"] as? [[String: Any]])
    #expect(!tensors.isEmpty)
    for tensor in tensors {
      let statistics = try #require(tensor["statistics"] as? [String: Any], "\(tensor)")
      #expect(statistics["nan"] as? Int == 0 && statistics["allZero"] is Bool)
    }
    let text = try Tool.run(["inspect", Fixture.path(path), "--stats"])
    #expect(text.output.contains("suspicious "))
  }

  @Test func aStoreIsAllItsShards() throws {
    let tensors = try #require(
      json([Fixture.path("malformed/feature-store/valid")])["tensors"] as? [[String: Any]])
    let shards = Set(tensors.compactMap { ($0["name"] as? String)?.split(separator: "/").first })
    #expect(shards == ["train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001"])
  }

  @Test func aBundleIsTheHeadThatItWasMadeOf() throws {
    try Fixture.withTemporaryFolder { folder in
      let head = Fixture.path("malformed/head/valid.safetensors")
      for (dtype, verdict) in [("f32", "identical"), ("f16", "rounded")] {
        let bundle = "\(folder)/\(dtype).mistedge"
        #expect(try Tool.run(["export", head, "-o", bundle, "--dtype", dtype]).status == 0)
        let report = try json([head, "--diff", bundle])
        #expect(report["same"] as? Bool == true)
        let tensors = try #require(report["tensors"] as? [[String: Any]])
        #expect(tensors.contains { $0["verdict"] as? String == verdict })
      }
    }
  }

  @Test func differentWeightsAreStatus65() throws {
    let (a, b) = (Fixture.path("vit/timm-vit"), Fixture.path("vit/hf-vit"))
    let result = try Tool.run(["inspect", a, "--diff", b])
    #expect(result.status == 65 && result.errors.isEmpty)
    #expect(result.output.contains("first difference: patch_embed.weight [0, 0, 0, 0]: "))
    #expect(result.output.contains("'patch_embed.proj.weight' in A"))
    #expect(result.output.contains("epsilon.block: 1e-06 in A, 1e-12 in B"))
    let report = try json([a, "--diff", b], status: 65)
    #expect(report["names"] as? String == "canonical" && report["same"] as? Bool == false)
    #expect(try json([a, "--diff", a])["same"] as? Bool == true)
  }

  @Test func thePlanIsWhatConvertPrints() throws {
    let model = Fixture.path("vit/timm-vit")
    let plan = try Tool.run(["inspect", model, "--plan"])
    let dry = try Tool.run(["convert", model, "--dry-run"])
    #expect(plan.status == 0 && plan.output == dry.output && plan.output.contains("DESTINATION"))
    #expect(try (json([model, "--plan"])["steps"] as? [Any])?.isEmpty == false)
  }

  @Test func suspiciousTensorsAreNamed() throws {
    let text = try Tool.run(["inspect", Fixture.path("numbers/conversions.safetensors"), "--stats"])
    #expect(text.status == 0 && text.output.contains("suspicious     NaN: "), "\(text.output)")
  }

  @Test(arguments: [["--stats", "--plan"], ["--tolerance", "1"], ["--diff", "x", "--stats"]])
  func optionsThatDoNotGoTogetherAreUsage(options: [String]) throws {
    #expect(try Tool.run(["inspect", Fixture.path("vit/timm-vit")] + options).status == 64)
  }

  @Test func aConversionSaysWhatItLost() throws {
    try Fixture.withTemporaryFolder { folder in
      let result = try Tool.run([
        "convert", Fixture.path("vit/timm-vit"), "-o", folder + "/half.safetensors", "--dtype", "f16",
        "--json",
      ])
      let report = try #require(
        JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      let change = try #require(report["dtypeChange"] as? [String: Any])
      let total = try #require(change["total"] as? [String: Int])
      #expect(total["values"] == 26909 && total["overflow"] == 0 && total["nan"] == 0)
      #expect((change["tensors"] as? [String: Any])?.count == 44)
    }
  }
}
