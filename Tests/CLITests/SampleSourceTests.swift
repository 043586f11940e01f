import Foundation
import TestSupport
import Testing

/// `mist extract` of tar files and lists, as users name them.
@Suite struct SampleSourceTests {
  private func files(_ folder: String, _ split: String) throws -> [(path: String, label: String)] {
    try DrawnImages.classes.flatMap { name in
      try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(split)/\(name)").sorted().map {
        ("\(split)/\(name)/\($0)", name)
      }
    }
  }

  @Test func foldersArchivesAndListsGiveTheSameShards() throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, images) = (folder + "/model.safetensors", folder + "/images")
      try DrawnImages.write(to: images, counts: [("train", 6), ("val", 2)])
      try mist("convert", Fixture.path("vit/hf-vit"), "-o", model)
      let options = ["--gather", "1,3", "--shard-size", "5", "--threads", "2"]
      func extract(_ output: String, _ arguments: [String]) throws -> String {
        let result = try Tool.run(
          ["extract", model] + arguments + ["-o", folder + "/" + output] + options, in: folder)
        try #require(result.status == 0, "\(result.errors)")
        return result.errors
      }
      _ = try extract("folders", [images])
      var rows = ["path,label,split,note"]
      for split in ["train", "val"] {
        let files = try files(images, split)
        rows += files.map { "images/\($0.path),\($0.label),\(split),\"of \(split)\"" }
        for (number, part) in [files[..<4], files[4...]].enumerated() {
          let members = try part.enumerated().flatMap { i, file in
            let label = DrawnImages.classes.firstIndex(of: file.label) ?? 0
            return [
              (
                name: "\(i).png",
                bytes: [UInt8](try Data(contentsOf: URL(fileURLWithPath: images + "/" + file.path)))
              ),
              (name: "\(i).cls", bytes: Array("\(label)".utf8)),
            ]
          }
          try Data(TarWriter.archive(members)).write(
            to: URL(fileURLWithPath: "\(folder)/\(split)-00\(number).tar"))
        }
      }
      try Data(rows.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: folder + "/list.csv"))
      try Data(DrawnImages.classes.joined(separator: "\n").utf8).write(
        to: URL(fileURLWithPath: folder + "/names.txt"))
      _ = try extract(
        "archives",
        [
          "--split", "train=train-{000..001}.tar", "--split", "val=val-000.tar", "--split", "val=val-001.tar",
          "--classes", "names.txt",
        ])
      #expect(try extract("listed", ["--list", "list.csv"]).contains("'note'"))
      for other in ["archives", "listed"] {
        let shards = try FileManager.default.contentsOfDirectory(atPath: folder + "/" + other)
          .filter { $0.hasSuffix(".safetensors") }
        #expect(shards.count == 4 + 2)
        for shard in shards {
          #expect(
            try tensors("\(folder)/\(other)/\(shard)") == tensors("\(folder)/folders/\(shard)"),
            "\(other) \(shard)")
        }
      }
      // A name alone is train.
      _ = try extract("alone", ["train-{000..001}.tar", "--classes", "names.txt"])
      // Killed and run again: what is there already stays, and the end is the same.
      let whole = try contents(folder + "/alone")
      for signal in [60_000, 120_000] {
        try kill(
          after: signal,
          ["extract", model, "train-{000..001}.tar", "--classes", "names.txt", "-o", folder + "/killed"]
            + options, in: folder)
      }
      _ = try extract("killed", ["train-{000..001}.tar", "--classes", "names.txt"])
      #expect(try contents(folder + "/killed") == whole)

      for (arguments, code, status) in [
        (["none-{0..1}.tar"], "file.not-found", Int32(66)), (["train-{0..}.tar"], "usage", 64),
        (["train-000.tar"], "classes.missing", 65), (["--list", "none.csv"], "file.not-found", 66),
        (["images", "--list", "list.csv"], "usage", 64), (["images", "--classes", "names.txt"], "usage", 64),
      ] {
        let refused = try Tool.run(["extract", model] + arguments + ["-o", folder + "/no"], in: folder)
        #expect(refused.status == status && refused.errors.contains("error[\(code)]"), "\(refused.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder + "/no"))
      }
    }
  }

  /// What follows a shard's header: its tensors.
  private func tensors(_ path: String) throws -> Data {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = data.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    return data.dropFirst(8 + length)
  }

  private func contents(_ folder: String) throws -> [String: Data] {
    var contents: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      contents[name] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
    }
    return contents
  }

  /// Starts `mist` and kills it after a while, if it still runs then.
  private func kill(after microseconds: Int, _ arguments: [String], in folder: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Tool.products + "/mist")
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardError = FileHandle.nullDevice
    try process.run()
    usleep(UInt32(microseconds))
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
