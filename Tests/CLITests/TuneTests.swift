import Foundation
import TestSupport
import Testing

/// `mist-edge tune` on features of a small real backbone.
@Suite struct TuneTests {
  /// A store of drawn images, and a head trained on it for a moment.
  private struct Start {
    let folder: String
    var store: String { folder + "/features" }
    var head: String { folder + "/head.safetensors" }
    var bundle: String { folder + "/head.mistedge" }

    init(_ folder: String, _ options: [String]) throws {
      self.folder = folder
      let model = folder + "/model.safetensors"
      try DrawnImages.write(to: folder + "/images", counts: [("train", 24), ("val", 8)])
      try mist("convert", Fixture.path("vit/hf-vit"), "-o", model)
      try mist(
        "extract", model, folder + "/images", "-o", store, "--gather", "2", "--shard-size", "20", "--dtype",
        "f32")
      try mist(["train", store, "-o", head] + options)
      try mist("export", head, "-o", bundle, "--features", store)
    }

    func shards(_ split: String) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: store).filter { $0.hasPrefix(split + "-") }
        .sorted().map { store + "/" + $0 }
    }

    /// Tunes `bundle` to `name` in the folder.
    func tune(_ name: String, _ options: [String]) throws -> Tool.Result {
      try Tool.run(
        ["tune", bundle] + shards("train") + ["--val"] + shards("val") + ["-o", folder + "/" + name]
          + options, tool: "mist-edge")
    }

    func bytes(_ name: String) throws -> Data {
      try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
    }
  }

  private static let lae = [
    "--method", "lae", "--rank", "4", "--depth", "2", "--k", "2", "--recipe", "plain", "--epochs", "4",
    "--lr",
    "0.003",
  ]

  /// Objects of a text, one per line.
  private func objects(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map { try json(String($0)) }
  }

  @Test(
    "The device trains as `mist train` does",
    arguments: [
      lae, ["--method", "linear", "--k", "2", "--recipe", "plain", "--epochs", "4", "--lr", "0.003"],
      [
        "--method", "linear", "--pool", "attentive", "--queries", "4", "--k", "2", "--recipe", "plain",
        "--epochs", "4",
        "--lr", "0.003",
      ],
    ])
  func losses(options: [String]) throws {
    try Fixture.withTemporaryFolder { folder in
      let start = try Start(folder, options + ["--log", folder + "/log.json"])
      let result = try start.tune(
        "tuned.mistedge", ["--restart", "--epochs", "4", "--lr", "0.003", "--json"])
      #expect(result.status == 0, "\(result.errors)")
      let epochs = try objects(result.output)
      let log = try json(String(contentsOfFile: folder + "/log.json", encoding: .utf8))
      let trial = (log["runs"] as? [[String: Any]])?.first?["trial"] as? [String: Any]
      let expected = try #require(trial?["epochs"] as? [[String: Any]])
      #expect(epochs.count == expected.count + 1)
      for (epoch, other) in zip(epochs, expected) {
        let (loss, reference) = (epoch["loss"] as? Double, other["loss"] as? Double)
        let (found, wanted) = (try #require(loss), try #require(reference))
        #expect(abs(found - wanted) < 1e-3 * wanted, "\(found), \(wanted)")
      }
      // Of as many epochs, the best one does as the head that `mist train` kept does.
      let last = try #require(epochs.last)
      #expect(try Tool.run(["selftest", folder + "/tuned.mistedge"], tool: "mist-edge").status == 0)
      #expect(last["kept_epoch"] as? Int ?? 0 >= 0)
      let run = try Tool.run(
        ["run", folder + "/tuned.mistedge"] + start.shards("val") + ["--json"], tool: "mist-edge")
      let accuracy = try #require(objects(run.output).last?["accuracy"] as? Double)
      #expect((last["after"] as? [String: Any])?["accuracy"] as? Double == accuracy)
    }
  }

  @Test func whateverItIsKilledAtTheBundleIsTheOldOrTheNewOne() throws {
    try Fixture.withTemporaryFolder { folder in
      let start = try Start(folder, Self.lae)
      let options = ["--epochs", "40", "--lr", "0.001", "--dropout", "0.2", "--dtype", "f16"]
      #expect(try start.tune("whole.mistedge", options).status == 0)
      let whole = try start.bytes("whole.mistedge")
      let words =
        (["tune", "cut.mistedge"] + (try start.shards("train")) + ["--val"] + (try start.shards("val"))
        + ["-o", "cut.mistedge"] + options).joined(separator: " ")
      let old = try start.bytes("head.mistedge")
      // In place: what is tuned is what is written.
      try old.write(to: URL(fileURLWithPath: folder + "/cut.mistedge"))
      var kills = 0
      for milliseconds in stride(from: 10, through: 400, by: 13) {
        let script =
          "mist-edge \(words) >out 2>&1 & pid=$!; sleep \(Double(milliseconds) / 1000); "
          + "kill -9 $pid 2>/dev/null && echo killed; wait $pid 2>/dev/null; true"
        let result = try Tool.shell(script, in: folder)
        let bundle = try start.bytes("cut.mistedge")
        #expect(bundle == old || bundle == whole)
        if result.output.contains("killed") { kills += 1 }
        if bundle == whole { break }
      }
      #expect(kills > 0)
      let last = try Tool.shell("mist-edge \(words)", in: folder)
      #expect(last.status == 0, "\(last.errors)")
      if try start.bytes("cut.mistedge") != whole {
        // It had been whole before, and this was a run of its own.
        #expect(last.output.contains("before"))
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(!left.contains { $0.hasSuffix(".tuning") || $0.hasSuffix(".tmp") }, "\(left)")
    }
  }

  @Test func whatAnotherRunLeftIsRefused() throws {
    try Fixture.withTemporaryFolder { folder in
      let start = try Start(folder, Self.lae)
      let words = ["tune", "head.mistedge"] + (try start.shards("train")) + ["-o", "new.mistedge"]
      let script =
        "mist-edge \(words.joined(separator: " ")) --epochs 5000 2>out & pid=$!; "
        + "while ! [ -e new.mistedge.tuning ]; do sleep 0.02; done; kill -9 $pid"
      _ = try Tool.shell(script, in: folder)
      let other = try Tool.run(words + ["--epochs", "6"], tool: "mist-edge", in: folder)
      #expect(other.status == 65 && other.errors.contains("error[tune.other-run]: "), "\(other.errors)")
      let state = folder + "/new.mistedge.tuning"
      var bytes = try Data(contentsOf: URL(fileURLWithPath: state))
      for place in [0, 12, 30, 60, bytes.count / 2, bytes.count - 1] {
        bytes[place] ^= 1
        try bytes.write(to: URL(fileURLWithPath: state))
        let damaged = try Tool.run(words + ["--epochs", "5000"], tool: "mist-edge", in: folder)
        let code = place == 30 ? "tune.other-run" : "tune.state-damaged"
        #expect(damaged.status == 65 && damaged.errors.contains("error[\(code)]: "), "\(damaged.errors)")
        bytes[place] ^= 1
      }
      try bytes.dropLast().write(to: URL(fileURLWithPath: state))
      let cut = try Tool.run(words + ["--epochs", "5000"], tool: "mist-edge", in: folder)
      #expect(cut.status == 65 && cut.errors.contains("tune.state-damaged"), "\(cut.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder + "/new.mistedge"))
    }
  }

  @Test func aClassIsAddedFromAFewSamples() throws {
    try Fixture.withTemporaryFolder { folder in
      // A head of the classes but the last, whose samples the store still has.
      let start = try Start(folder, Self.lae)
      let few = folder + "/few"
      for split in ["train", "val"] {
        let images = folder + "/images/" + split
        for name in try FileManager.default.contentsOfDirectory(atPath: images).sorted().dropLast() {
          try FileManager.default.createDirectory(
            atPath: folder + "/two/" + split, withIntermediateDirectories: true)
          try FileManager.default.copyItem(
            atPath: images + "/" + name, toPath: folder + "/two/\(split)/\(name)")
        }
      }
      try mist("extract", folder + "/model.safetensors", folder + "/two", "-o", few, "--gather", "2")
      try mist(["train", few, "-o", folder + "/two.safetensors"] + Self.lae)
      try mist("export", folder + "/two.safetensors", "-o", start.bundle, "--features", few)
      let tuned = try start.tune(
        "three.mistedge", ["--add-class", "third", "--epochs", "20", "--lr", "0.003", "--json"])
      #expect(tuned.status == 0, "\(tuned.errors)")
      let last = try #require(objects(tuned.output).last)
      let (before, after) = (last["before"] as? [String: Any], last["after"] as? [String: Any])
      // A third of the images is of the new class: more than the other two alone can bring.
      #expect(try #require(after?["accuracy"] as? Double) > 0.667, "\(tuned.output)")
      #expect(try #require(before?["accuracy"] as? Double) > 0.4, "\(tuned.output)")
      let info = try Tool.run(["info", folder + "/three.mistedge", "--json"], tool: "mist-edge")
      #expect((try json(info.output)["labels"] as? [String])?.last == "third")
      #expect(try Tool.run(["selftest", folder + "/three.mistedge"], tool: "mist-edge").status == 0)
      for (options, status, problem) in [
        ([], Int32(65), "edge-features.bad-label"),
        (["--add-class", "third", "--add-class", "third"], 64, "usage"),
        (["--add-class", "third", "--add-class", "fourth"], 65, "tune.class-without-samples"),
        (["--add-class", ""], 65, "bundle.empty-label"),
      ] {
        let refused = try start.tune("none.mistedge", options + ["--epochs", "1"])
        #expect(refused.status == status && refused.errors.contains(problem), "\(options): \(refused.errors)")
      }
    }
  }

  @Test func mapsAreTunedToo() throws {
    try Fixture.withTemporaryFolder { folder in
      let (bundle, shard) = (
        Fixture.path("edge-bundle/maps-f32.mistedge"), Fixture.path("edge-features/maps-f32.safetensors")
      )
      let words = ["tune", bundle, shard, "-o", folder + "/maps.mistedge", "--epochs", "30", "--lr", "0.01"]
      #expect(try Tool.run(words, tool: "mist-edge").status == 64)
      let smoothed = try Tool.run(
        words + ["--val", shard, "--label-smoothing", "0.1"], tool: "mist-edge")
      #expect(smoothed.status == 64 && smoothed.errors.contains("--label-smoothing"), "\(smoothed.errors)")
      let linear = Fixture.path("edge-bundle/maps-f16.mistedge")
      let dropped = try Tool.run(
        ["tune", linear, shard, "--val", shard, "-o", folder + "/none", "--dropout", "0.1"], tool: "mist-edge"
      )
      #expect(dropped.status == 64 && dropped.errors.contains("--dropout"), "\(dropped.errors)")
      let tuned = try Tool.run(words + ["--val", shard, "--json"], tool: "mist-edge")
      #expect(tuned.status == 0, "\(tuned.errors)")
      let last = try #require(objects(tuned.output).last)
      let before = (last["before"] as? [String: Any])?["mean_iou"] as? Double
      let after = (last["after"] as? [String: Any])?["mean_iou"] as? Double
      #expect(try #require(after) > #require(before))
      let run = try Tool.run(["run", folder + "/maps.mistedge", shard, "--json"], tool: "mist-edge")
      #expect(try objects(run.output).last?["mean_iou"] as? Double == after)
    }
  }

  @Test func whatTuneDoesNotKnowIsRefused() throws {
    try Fixture.withTemporaryFolder { folder in
      let (bundle, shard) = (
        Fixture.path("edge-bundle/f32.mistedge"), Fixture.path("edge-features/f32.safetensors")
      )
      let output = ["-o", folder + "/new.mistedge"]
      for options in [
        [], output + ["--lr", "2"], output + ["--lr", "1e"], output + ["--epochs", "0"],
        output + ["--seed", "x"],
        output + ["--memory", "0"], output + ["--dtype", "bf16"], output + ["--val"],
        output + ["--top", "3"],
        ["-o"], ["-o", shard],
      ] {
        let refused = try Tool.run(["tune", bundle, shard] + options, tool: "mist-edge")
        #expect(refused.status == 64, "\(options): \(refused.status) \(refused.errors)")
      }
      #expect(try Tool.run(["tune", bundle] + output, tool: "mist-edge").status == 64)
      for place in ["/none/new.mistedge", "/", ""] {
        let nowhere = try Tool.run(["tune", bundle, shard, "-o", folder + place], tool: "mist-edge")
        #expect(nowhere.status == 74 && !nowhere.output.contains("epoch"), "\(nowhere.errors)")
      }
      #expect(try Tool.run(["run", bundle, shard, "--epochs", "3"], tool: "mist-edge").status == 64)
      // A head that does not get better stays as it is.
      let kept = try Tool.run(
        ["tune", bundle, shard, "--val", shard, "--lr", "1e-30", "--epochs", "1"] + output, tool: "mist-edge")
      #expect(kept.status == 0 && kept.output.contains("a copy of the old bundle"), "\(kept.errors)")
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: output[1]))
          == Data(contentsOf: URL(fileURLWithPath: bundle)))
    }
  }
}
