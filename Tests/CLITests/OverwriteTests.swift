import Foundation
import MISTFormats
import TestSupport
import Testing

/// No command writes over what it reads, whatever that is called.
@Suite struct OverwriteTests {
  private static func contents(_ folder: String) throws -> [String: Data] {
    var contents: [String: Data] = [:]
    for name in try FolderEntries(folder).names {
      let path = folder + "/" + name
      if try FileStatus(path)?.kind == .folder {
        for (inside, data) in try Self.contents(path) { contents[name + "/" + inside] = data }
      } else {
        contents[name] = try Data(contentsOf: URL(fileURLWithPath: path))
      }
    }
    return contents
  }

  /// Every command of `cases` is refused with status 64, and changes nothing.
  private static func refuses(_ cases: [[String]], in folder: String) throws {
    let before = try contents(folder)
    for arguments in cases {
      let result = try Tool.run(arguments)
      #expect(result.status == 64, "\(arguments): \(result.errors)")
      #expect(result.errors.contains("error[file.overwrites-input]"), "\(arguments): \(result.errors)")
      #expect(try contents(folder) == before, "\(arguments)")
    }
  }

  @Test func conversions() throws {
    try Fixture.withTemporaryFolder { folder in
      let source = folder + "/source"
      try FileManager.default.copyItem(atPath: Fixture.path("vit/hf-vit"), toPath: source)
      let weights = source + "/model.safetensors"
      link(weights, folder + "/hard.safetensors")
      symlink("source", folder + "/link")
      try Self.refuses(
        [
          ["convert", source, "-o", weights], ["convert", source, "-o", folder + "/link/model.safetensors"],
          ["convert", source, "-o", source + "/../source/config.json"],
          ["convert", weights, "-o", folder + "/hard.safetensors"],
          ["convert", source, "--to", "hf", "-o", source],
          ["convert", source, "--to", "timm", "-o", folder + "/link"],
        ], in: folder)
    }
  }

  @Test func featuresAndHeads() throws {
    try Fixture.withTemporaryFolder { folder in
      let (model, store, head) = (folder + "/vit", folder + "/store", folder + "/head")
      for name in ["train/a", "train/b", "test/a", "test/b"] {
        try FileManager.default.createDirectory(
          atPath: folder + "/images/" + name, withIntermediateDirectories: true)
        for number in 0..<5 {
          try FileManager.default.copyItem(
            atPath: Fixture.path("images/chelsea.jpg"), toPath: "\(folder)/images/\(name)/\(number).jpg")
        }
      }
      #expect(try Tool.run(["convert", Fixture.path("vit/hf-vit"), "-o", model]).status == 0)
      #expect(try Tool.run(["extract", model, folder + "/images", "-o", store, "--gather", "1"]).status == 0)
      let training = [
        "train", store, "--epochs", "1", "--method", "linear", "--k", "1", "--lr", "1e-3", "-o",
      ]
      #expect(try Tool.run(training + [head]).status == 0)
      let shard = store + "/train-00000-of-00001.safetensors"
      try Self.refuses(
        [
          training + [shard], training + [store + "/manifest.json"],
          training + [folder + "/new", "--log", folder + "/./new"],
          training + [folder + "/new", "--log", shard],
          ["eval", head, store, "--predictions", head], ["eval", head, store, "--predictions", shard],
          ["export", head, "-o", head], ["export", head, "--features", store, "-o", shard],
        ], in: folder)
    }
  }
}
