import Foundation
import MISTFormats
import TestSupport
import Testing

struct ShardedArchiveTests {
  static let index = "/model.safetensors.index.json"

  @Test func shardsReadAsOneFile() throws {
    let archive = try openArchive(Fixture.path("vit/hf-vit/sharded") + Self.index)
    let whole = try SafetensorsArchive(path: Fixture.path("vit/hf-vit/model.safetensors"))
    #expect(archive.format == "safetensors in 4 files")
    #expect(Set(archive.tensors) == Set(whole.tensors))
    #expect(archive.metadata == ["format": "pt"])
    for info in archive.tensors {
      #expect(archive.info(info.name) == info)
      let bytes = try archive.withBytesOnce(of: info.name) { [UInt8]($0) }
      #expect(try bytes == whole.withBytes(of: info.name) { [UInt8]($0) }, "\(info.name)")
    }
  }

  @Test func strayShardsAreNotOpened() throws {
    try Fixture.withTemporaryFolder { folder in
      let copy = folder + "/sharded"
      try FileManager.default.copyItem(atPath: Fixture.path("vit/hf-vit/sharded"), toPath: copy)
      try Data("no safetensors".utf8).write(
        to: URL(fileURLWithPath: copy + "/model-00005-of-00005.safetensors"))
      #expect(try ShardedArchive(path: copy + Self.index).tensors.count == 56)
    }
  }

  /// Hugging Face's cache holds links to files that have their hashes as names.
  @Test func linksAreFollowed() throws {
    try Fixture.withTemporaryFolder { folder in
      let source = Fixture.path("vit/hf-vit/sharded")
      for name in try FileManager.default.contentsOfDirectory(atPath: source) {
        try FileManager.default.createSymbolicLink(
          atPath: folder + "/" + name, withDestinationPath: source + "/" + name)
      }
      #expect(try ShardedArchive(path: folder + Self.index).tensors.count == 56)
    }
  }

  @Test func malformedFoldersGiveTheirCodes() throws {
    let rules = try FormatDocument.rules("sharded-checkpoint.md")
    #expect(rules.count > 12)
    for rule in rules {
      guard let malformed = rule.malformed else { continue }
      let path = Fixture.path("malformed/" + malformed)
      let error = #expect(throws: MISTError.self, "\(rule.id)") { _ = try ShardedArchive(path: path) }
      #expect(error?.code.name == rule.error, "\(rule.id): \(error.map(String.init(describing:)) ?? "")")
    }
    let valid = try ShardedArchive(path: Fixture.path("malformed/sharded/valid") + Self.index)
    #expect(valid.tensors.map(\.name) == ["a", "b", "c"])
  }

  /// A file without content on disk, so that it costs nothing.
  @Test func hugeIndexesAreRefused() throws {
    try Fixture.withTemporaryFolder { folder in
      try Data().write(to: URL(fileURLWithPath: folder + Self.index))
      #expect(truncate(folder + Self.index, off_t(1 << 26) + 1) == 0)
      let error = #expect(throws: MISTError.self) { _ = try ShardedArchive(path: folder + Self.index) }
      #expect(error?.code == .shardedIndexTooLarge)
    }
  }

  /// An index with a few bytes changed opens or is refused.
  @Test func damagedIndexesThrowOrRead() throws {
    let folder = Fixture.path("malformed/sharded/valid")
    let original = try MappedFile.contents(of: folder + Self.index)
    var generator = SeededGenerator(state: 11)
    var refused = 0
    try Fixture.withTemporaryFolder { scratch in
      for name in try FileManager.default.contentsOfDirectory(atPath: folder)
      where name.hasSuffix("safetensors") {
        try FileManager.default.copyItem(atPath: folder + "/" + name, toPath: scratch + "/" + name)
      }
      for _ in 0..<1000 {
        try write(MutationTests.damage(original, &generator), to: scratch + Self.index)
        if try !MutationTests.reads(scratch + Self.index) { refused += 1 }
        unlink(scratch + Self.index)
      }
    }
    #expect(refused > 300 && refused < 1000)
  }
}
