import Foundation
import TestSupport
import Testing

/// What `mist bench` says; how fast anything is, no test asks.
@Suite struct BenchTests {
  @Test func theMachineAlone() throws {
    let machine = try #require(
      try json(try mist("bench", "--threads", "1", "--json").output)["machine"] as? [String: Any])
    #expect(machine["threads"] as? Int == 1)
    let peaks = try #require(machine["peaks"] as? [[String: Any]])
    #expect(peaks.compactMap { $0["precision"] as? String } == ["f32", "bf16", "int8"])
    for peak in peaks { #expect((peak["instruction"] == nil) == (peak["gigaflops"] == nil)) }
    for key in ["readGigabytesPerSecond", "copyGigabytesPerSecond", "processorShare"] {
      #expect(machine[key] as? Double ?? 0 > 0, "\(key)")
    }
    let text = try mist("bench", "--threads", "1").output
    #expect(text.contains("multiply-adds, int8") && text.contains("reading memory"))
    // A precision is measured, or said to be absent by the instruction that is missing.
    let absent = peaks.filter { $0["gigaflops"] == nil }
    #expect(text.components(separatedBy: "absent").count == absent.count + 1)
  }

  @Test(arguments: ["vit/timm-vit", "segformer/hf-segformer-encoder"]) func aModel(_ fixture: String) throws {
    try Fixture.withTemporaryFolder { folder in
      let model = folder + "/model.safetensors"
      try mist("convert", Fixture.path(fixture), "-o", model)
      let report = try json(
        try mist("bench", model, "--seconds", "0.05", "--threads", "1", "--size", "64x64", "--json").output)
      #expect(report["precision"] as? String == "f32" && report["machine"] != nil)
      let stages = try #require(report["stages"] as? [[String: Any]])
      let times = try #require(report["stageMilliseconds"] as? [String: Double])
      #expect(Set(stages.compactMap { $0["name"] as? String }) == Set(times.keys))
      for stage in stages {
        // A part with products says what they take alone, and what it makes of them.
        let work = try #require(stage["multiplyAdds"] as? Int)
        #expect((stage["gigaflops"] != nil) == (work > 0))
        #expect(stage["productMilliseconds"] == nil || work > 0)
      }
      #expect(stages.contains { $0["productMilliseconds"] != nil })
      for key in ["fractionOfLimit", "memoryImagesPerSecond", "imagesPerSecond"] {
        #expect(report[key] as? Double ?? 0 > 0, "\(key)")
      }
    }
  }

  @Test func aHead() throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, features, head) = (
        folder + "/model.safetensors", folder + "/features", folder + "/head.safetensors"
      )
      try mist("convert", Fixture.path("vit/timm-vit"), "-o", model)
      try DrawnImages.write(to: folder + "/images", counts: [("train", 4), ("val", 2)])
      try mist("extract", model, folder + "/images", "-o", features, "--gather", "2")
      try mist(
        "train", features, "-o", head, "--method", "lae", "--recipe", "plain", "--k", "2", "--epochs", "1",
        "--batch", "4")
      let report = try json(
        try mist("bench", head, "--seconds", "0.05", "--threads", "2", "--json").output)
      #expect(report["batch"] as? Int == 4)
      for key in ["limitSamplesPerSecond", "multiplyAdds", "productGigaflops"] {
        #expect(report[key] as? Double ?? 0 > 0, "\(key)")
      }
      #expect(try mist("bench", head, "--seconds", "0.05").output.contains("batch 4"))
      // What says how a model is run would be ignored.
      for options in [
        ["--gather", "2"], ["--size", "64x64"], ["--backend", "packed"], ["--export", "final"],
        ["--precision", "bf16"],
      ] {
        let result = try Tool.run(["bench", head] + options)
        #expect(result.status == 64 && result.errors.contains(options[0]), "\(options): \(result.errors)")
      }
    }
  }

  @Test(arguments: ["--gather=4", "--seconds=2", "--store=blocks"])
  func optionsOfAModelWithoutOne(_ option: String) throws {
    let result = try Tool.run(["bench", option])
    #expect(result.status == 64 && result.errors.contains(option.split(separator: "=")[0]))
  }

  @Test func aFileThatIsNotThere() throws {
    let result = try Tool.run(["bench", "nowhere.safetensors"])
    #expect(result.status == 66 && result.errors.contains("nowhere"))
  }
}
