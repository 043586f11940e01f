import Foundation
import TestSupport
import Testing

/// `--precision`: what was asked for is done, or the verb says what it does instead, and the record is the same.
@Suite struct PrecisionOptionTests {
  private func json(_ result: Tool.Result) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  /// Whether a precision was done on this processor is what its note says.
  private func expect(_ precision: String, _ result: Tool.Result) throws -> String {
    try #require(result.status == 0, "\(result.errors)")
    if precision == "auto" {
      let line = try #require(result.errors.split(separator: "\n").first { $0.hasPrefix("precision ") })
      return String(line.dropFirst(10).prefix { $0 != ":" && $0 != "," })
    }
    let fallsBack = result.errors.contains("products in \(precision) do not run natively")
    #expect(!fallsBack || precision != "f32")
    return fallsBack ? "f32" : precision
  }

  /// A library has no part in narrow products, whatever the verb and the processor.
  @Test func aLibraryOfFloatsIsRefusedInOthers() throws {
    try Fixture.withTemporaryFolder { folder in
      let model = folder + "/model.safetensors"
      try DrawnImages.write(to: folder + "/images", counts: [("train", 2)])
      try mist("convert", Fixture.path("vit/hf-vit-classifier"), "-o", model)
      let verbs = [
        ["extract", model, folder + "/images", "-o", folder + "/features"],
        ["predict", model, folder + "/images/train/left"],
        ["verify", model, "--golden", Fixture.path("vit/hf-vit-classifier/golden-logits.safetensors")],
        ["bench", model, "--seconds", "0.05", "--threads", "1"],
      ]
      for verb in verbs {
        let result = try Tool.run(verb + ["--precision", "bf16", "--backend", "openblas"])
        #expect(result.status == 64, "\(verb)")
        #expect(result.errors.contains("error[precision.backend]: --backend openblas"), "\(result.errors)")
      }
      #expect(!FileManager.default.fileExists(atPath: folder + "/features"))
      try mist(verbs[1] + ["--precision", "auto", "--backend", "packed"])
      try mist(verbs[1] + ["--precision", "f32", "--backend", "openblas"])
    }
  }

  @Test(arguments: ["f32", "bf16", "int8", "auto"])
  func everyVerbDoesItOrSaysSo(_ precision: String) throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, store) = (folder + "/model.safetensors", folder + "/features")
      try DrawnImages.write(to: folder + "/images", counts: [("train", 8), ("test", 2)])
      try mist("convert", Fixture.path("vit/hf-vit-classifier"), "-o", model)
      let option = ["--precision", precision]

      let extract = ["extract", model, folder + "/images", "-o", store, "--json"]
      let extracted = try mist(extract + option)
      let done = try expect(precision, extracted)
      let record = try json(extracted)
      #expect(record["precision"] as? String == done)
      let inspected = try json(mist("inspect", store, "--json"))
      #expect((inspected["store"] as? [String: Any])?["precision"] as? String == done)
      let manifest = try String(contentsOfFile: store + "/manifest.json", encoding: .utf8)
      #expect(manifest.contains("\"precision\" : \"\(done)\"") == (done != "f32"))

      // The same again, and as it was begun by auto.
      #expect(try json(mist(extract + option))["processed"] as? Int == 0)
      let again = try mist(extract + ["--precision", "auto"])
      #expect(try json(again)["processed"] as? Int == 0)
      #expect(again.errors.contains("precision \(done), as it was begun"))

      let predicted = try mist(["predict", model, folder + "/images/test/left", "--json"] + option)
      let shown = try expect(precision, predicted)
      #expect(try json(predicted)["precision"] as? String == shown)

      let golden = Fixture.path("vit/hf-vit-classifier/golden-logits.safetensors")
      let verify = ["verify", model, "--golden", golden]
      let verified = try mist(verify + ["--json"] + option)
      let checked = try expect(precision, verified)
      #expect(try json(verified)["precision"] as? String == checked)
      let tolerance = try #require(try json(verified)["tolerance"] as? Double)
      #expect(tolerance == (["bf16": 2e-2, "int8": 1e-1][checked] ?? 1e-4))

      let benched = try mist(["bench", model, "--seconds", "0.05", "--threads", "1"] + option)
      _ = try expect(precision, benched)
    }
  }

  @Test(arguments: ["extract", "predict", "verify", "bench"])
  func anUnknownPrecisionIsAUsageError(_ verb: String) throws {
    let result = try Tool.run([verb, "nowhere", "nowhere", "--precision", "fp8"], in: "/")
    #expect(result.status == 64 && result.errors.contains("fp8"))
  }

  /// Features of another precision than those that a head was trained on differ in rounding alone: it runs, and says so.
  @Test func aBundleRunsFeaturesOfAnotherPrecisionAndSaysSo() throws {
    let (plain, precise) = (
      Fixture.path("edge-bundle/f32.mistedge"), Fixture.path("edge-bundle/bf16-features.mistedge")
    )
    let (f32, bf16) = (
      Fixture.path("edge-features/f32.safetensors"), Fixture.path("edge-features/bf16-features.safetensors")
    )
    var outputs: Set<String> = []
    for (bundle, shard, says) in [
      (plain, f32, nil), (precise, bf16, nil), (plain, bf16, "in f32, and these are computed in bf16"),
      (precise, f32, "in bf16, and these are computed in f32"),
    ] {
      for (tool, verb) in [("mist-edge", "run"), ("mist", "predict")] {
        let result = try Tool.run([verb, bundle, shard], tool: tool)
        #expect(result.status == 0, "\(result.errors)")
        if tool == "mist-edge" { outputs.insert(result.output) }
        guard let says else {
          #expect(result.errors.isEmpty, "\(result.errors)")
          continue
        }
        #expect(result.errors.contains(says) && result.errors.contains(shard), "\(result.errors)")
      }
    }
    #expect(outputs.count == 1, "the same numbers give the same classes")
    #expect(try Tool.run(["info", precise], tool: "mist-edge").output.contains("computed in bf16"))
    #expect(try mist("inspect", precise).output.contains("computed in bf16"))
    let info = try Tool.run(["info", plain, "--json"], tool: "mist-edge").output
    #expect(info.contains(#""precision":"f32""#))
  }

  @Test(arguments: ["f32", "bf16", "auto"])
  func aCalibrationIsUsedByInt8Alone(_ precision: String) throws {
    for arguments in [
      ["extract", "nowhere", "nowhere", "-o", "out"], ["predict", "nowhere", "nowhere"],
      ["bench", "nowhere"],
      ["verify", "nowhere", "--golden", "nowhere"],
    ] {
      let result = try Tool.run(
        arguments + ["--precision", precision, "--calibrate", "nowhere"], in: "/")
      #expect(result.status == 64 && result.errors.contains("--calibrate is used by --precision int8"))
    }
  }

  @Test func aFolderToCalibrateByIsLookedAtFirst() throws {
    try Fixture.withTemporaryFolder { folder in
      let model = folder + "/model.safetensors"
      try mist("convert", Fixture.path("vit/hf-vit-classifier"), "-o", model)
      let result = try Tool.run([
        "predict", model, Fixture.path("images/chelsea.jpg"), "--precision", "int8", "--calibrate",
        folder + "/nowhere",
      ])
      #expect(result.status == 66 && result.errors.contains("error[file.not-found]"))
      #expect(result.errors.contains(folder + "/nowhere"))
    }
  }

  @Test func aPrecisionWithoutAModelIsAUsageError() throws {
    let result = try Tool.run([
      "predict", Fixture.path("edge-bundle/f32.mistedge"), Fixture.path("edge-features/f32.safetensors"),
      "--precision", "bf16",
    ])
    #expect(result.status == 64 && result.errors.contains("--precision is of the model"))
  }
}
