import Foundation
import MISTFormats
import TestSupport
import Testing

struct TarArchiveTests {
  private struct Listed: Decodable {
    let name: String
    let offset: Int
    let size: Int
  }

  /// Python's tarfile finds the same members at the same places (`Fixtures/tar/make.py`).
  @Test func findsWhatPythonFinds() throws {
    let text = try Data(contentsOf: URL(fileURLWithPath: Fixture.path("tar/members.json")))
    let listing = try JSONDecoder().decode([String: [Listed]].self, from: text)
    #expect(listing.keys.sorted() == ["binary-size.tar", "gnu.tar", "pax.tar", "ustar.tar"])
    for (file, members) in listing {
      let archive = try TarArchive(path: Fixture.path("tar/" + file))
      #expect(archive.members.map(\.name) == members.map(\.name), "\(file)")
      #expect(archive.members.map(\.range) == members.map { $0.offset..<$0.offset + $0.size }, "\(file)")
    }
    #expect(listing["gnu.tar"]?.count == 9 && listing["pax.tar"]?.count == 9)
  }

  @Test func readsRangesOfTheFile() throws {
    let path = Fixture.path("tar/pax.tar")
    let (archive, file) = (try TarArchive(path: path), try FileBytes(path: path))
    for (number, member) in archive.members.enumerated() {
      #expect(try file.read(member.range) == (0..<member.range.count).map { UInt8((number + $0) % 251) })
    }
  }

  @Test func malformedArchivesGiveTheirCodes() throws {
    let rules = try FormatDocument.rules("tar.md")
    #expect(rules.count > 40)
    for rule in rules {
      guard let malformed = rule.malformed else { continue }
      let path = Fixture.path("malformed/" + malformed)
      let error = #expect(throws: MISTError.self, "\(rule.id)") { try TarArchive(path: path) }
      #expect(error?.code.name == rule.error, "\(rule.id): \(String(describing: error))")
      #expect(error?.file == path && error?.description.contains("\n") == false, "\(rule.id)")
      #expect(error?.code == .tarNotAnArchive || error?.place != nil, "\(rule.id)")
    }
    let present = try FileManager.default.contentsOfDirectory(atPath: Fixture.path("malformed/tar"))
      .filter { $0.hasSuffix(".tar") && $0 != "valid.tar" }
    #expect(Set(present.map { "tar/" + $0 }) == Set(rules.compactMap(\.malformed)))
    #expect(
      try TarArchive(path: Fixture.path("malformed/tar/valid.tar")).members.map(\.name) == ["a.jpg", "a.cls"])
  }

  @Test func tooManyMembersAreRefused() throws {
    let archive = TarWriter.archive((0..<4).map { ("\($0).txt", [1]) })
    #expect(try TarArchive(archive, largest: 4).members.count == 4)
    let error = #expect(throws: MISTError.self) { try TarArchive(archive, largest: 3) }
    #expect(error?.code == .tarTooManyMembers)
  }

  /// Damaged archives are refused, or their members still lie in the file.
  @Test(arguments: ["gnu.tar", "pax.tar", "ustar.tar", "binary-size.tar"])
  func damagedArchivesThrowOrRead(file: String) throws {
    let original = try MappedFile.contents(of: Fixture.path("tar/" + file))
    var generator = SeededGenerator(state: 2025)
    var refused = 0
    for _ in 0..<400 {
      let damaged = MutationTests.damage(original, &generator)
      do {
        for member in try TarArchive(damaged).members {
          #expect(member.range.lowerBound >= 512 && member.range.upperBound <= damaged.count - 1024)
        }
      } catch is MISTError {
        refused += 1
      }
    }
    #expect(refused > 100)
  }

  @Test func aFileThatBecomesShorterIsAnError() throws {
    try withFile([UInt8](repeating: 7, count: 100)) { path in
      let file = try FileBytes(path: path)
      try write([7, 7], to: path)
      #expect(try file.read(0..<2) == [7, 7])
      let error = #expect(throws: MISTError.self) { try file.read(0..<3) }
      #expect(error?.code == .fileShortened)
    }
  }
}
