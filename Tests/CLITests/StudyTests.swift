import Foundation
import TestSupport
import Testing

/// The paper's tables on a small store, killed and gone on with.
@Suite struct StudyTests {
  private static func contents(_ folder: String) throws -> [String: Data] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    return try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)"))) })
  }

  private static func store(in folder: String, _ options: String...) throws -> String {
    let (model, store) = (folder + "/model.safetensors", folder + "/features")
    try DrawnImages.write(to: folder + "/images", counts: [("train", 6), ("val", 3), ("test", 4)])
    try mist("convert", Fixture.path("vit/hf-vit"), "-o", model)
    let result = try Tool.run(
      ["extract", model, folder + "/images", "-o", store, "--gather", "1,2,3"] + options)
    try #require(result.status == 0, "\(result.errors)")
    return store
  }

  @Test func killedAtAnyMomentItEndsInTheSameBytes() throws {
    try Fixture.withTemporaryFolder { folder in
      let store = try Self.store(in: folder)
      let options = "--table gather --seed 0,3 --epochs 3 --rank 4 --lr 1e-3,1e-2"
      let whole = try Tool.shell("mist study '\(store)' \(options) -o whole", in: folder)
      try #require(whole.status == 0, "\(whole.errors)")
      let expected = try Self.contents(folder + "/whole")
      // Three rows of two rates and two seeds; the fourth needs the last block's output.
      #expect(expected.keys.filter { $0.contains("-seed") }.count == 12 && expected["gather.md"] != nil)
      // Ended by a kill that nothing can catch as soon as one more run is done, until all are.
      let killed = try Tool.shell(
        """
        kills=0
        mkdir killed
        for turn in 1 2 3 4 5 6 7 8 9 10; do
          before=$(ls killed | wc -l)
          mist study '\(store)' \(options) -o killed >/dev/null 2>&1 & tool=$!
          while [ $(ls killed | wc -l) -le $before ] && kill -0 $tool 2>/dev/null; do sleep 0.001; done
          kill -9 $tool 2>/dev/null && kills=$((kills + 1)); wait $tool
        done
        mist study '\(store)' \(options) -o killed >/dev/null || exit 1
        echo $kills
        """, in: folder)
      try #require(killed.status == 0, "\(killed.errors)")
      let kills = Int(killed.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
      #expect(kills >= 1, "the study ended before it was killed: \(killed.output)")
      #expect(try Self.contents(folder + "/killed") == expected)
      // Done, nothing is trained again.
      let again = try Tool.shell("mist study '\(store)' \(options) -o killed", in: folder)
      #expect(again.status == 0 && !again.errors.contains("run 1 of"), "\(again.errors)")
      #expect(again.output == whole.output)

      // Another recipe is another run, and what a file says must be what its name says.
      let other = try Tool.shell("mist study '\(store)' \(options) --batch 8 -o killed --dry-run", in: folder)
      #expect(other.output.contains("12 runs, 0 done, split test"), "\(other.output)")
      let names = expected.keys.filter { $0.contains("-seed") }.sorted()
      try expected[names[1]]?.write(to: URL(fileURLWithPath: "\(folder)/killed/\(names[0])"))
      let damaged = try Tool.shell("mist study '\(store)' \(options) -o killed", in: folder)
      #expect(
        damaged.status == 65 && damaged.errors.contains("error[study.damaged-run]"), "\(damaged.errors)")
    }
  }

  @Test func aRowThatCannotBeRunIsNamed() throws {
    try Fixture.withTemporaryFolder { folder in
      let store = try Self.store(in: folder)
      let options = ["--epochs", "1", "--seed", "0", "-o", folder + "/runs"]
      let gather = try Tool.run(["study", store, "--table", "gather"] + options)
      #expect(gather.status == 0 && gather.errors.contains("extract with --store ladder"), "\(gather.errors)")
      #expect(
        gather.output.contains("| blocks | - | 66.7 | not run: the store holds no F3"), "\(gather.output)")
      let side = try Tool.run(["study", store, "--table", "side-input", "--dry-run"] + options)
      #expect(side.status == 0 && side.output.contains("0 runs"), "\(side.output)")
      let blocks = try Tool.run(
        ["study", store, "--table", "blocks", "--pool", "cls", "--lr", "1e-3", "--dry-run"] + options)
      #expect(
        blocks.output.contains("4 runs") && blocks.errors.contains("use --pool mean"), "\(blocks.errors)")
      let attentive = try Tool.run(
        ["study", store, "--table", "gather", "--pool", "attentive", "--queries", "2"] + options)
      #expect(attentive.status == 0 && attentive.output.contains("use another --pool"), "\(attentive.errors)")
      for (extra, problem) in [
        (["--table", "blocks", "--depth", "2"], "--depth"), (["--table", "depth", "--k", "2"], "--k"),
        (["--table", "gather", "--block", "mlp"], "--block"), (["--table", "gather", "--k", "9"], "k=9"),
        (["--table", "gather", "--seed", "1,1"], "--seed"), (["--table", "else"], "--table"),
      ] {
        let refused = try Tool.run(["study", store] + options + extra)
        #expect(refused.status == 64 && refused.errors.contains(problem), "\(refused.errors)")
      }
      let inside = try Tool.run(["study", store, "--table", "gather", "-o", store])
      #expect(
        inside.status == 64 && inside.errors.contains("error[study.folder-is-store]"), "\(inside.errors)")
    }
  }

  @Test func aLadderGivesEveryTable() throws {
    try Fixture.withTemporaryFolder { folder in
      let store = try Self.store(in: folder, "--store", "ladder")
      var files = 0
      for (table, rows) in [("gather", 4), ("blocks", 6), ("depth", 3), ("side-input", 4)] {
        let result = try Tool.run([
          "study", store, "--table", table, "-o", folder + "/runs", "--epochs", "1", "--seed", "0", "--lr",
          "1e-3", "--json",
        ])
        #expect(result.status == 0, "\(result.errors)")
        let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        let all = try #require(json?["rows"] as? [[String: Any]])
        #expect(all.count == rows && all.allSatisfy { ($0["accuracies"] as? [Any])?.count == 1 }, "\(table)")
        files += rows
      }
      // Attention on G_3 is a row of three tables, and run once for the two that read the class token.
      let runs = try Self.contents(folder + "/runs").keys.filter { $0.contains("-seed") }
      #expect(runs.count == files - 1)
    }
  }
}
