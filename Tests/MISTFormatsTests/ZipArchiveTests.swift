import Foundation
import MISTFormats
import TestSupport
import Testing

struct ZipArchiveTests {
  static let stored = (0..<40).flatMap { _ in (0...255).map { UInt8($0) } }
  static let deflated = Array(String(repeating: "one line of text that repeats\n", count: 400).utf8)

  @Test(arguments: ["plain.zip", "wide.zip", "streamed.zip"])
  func membersReadWhole(file: String) throws {
    let archive = try ZipArchive(path: Fixture.path("zip/" + file))
    let names = ["folder/stored", "folder/deflated", "empty", "empty-deflated", "folder/", "größe.txt"]
    #expect(archive.members.map(\.name) == names)
    #expect(archive.members.map(\.size) == [10_240, 12_000, 0, 0, 0, 1])
    #expect(archive.members.map(\.method) == [.stored, .deflated, .stored, .deflated, .stored, .stored])
    for (name, content) in zip(names, [Self.stored, Self.deflated, [], [], [], [54]]) {
      let member = try #require(archive.member(name))
      // Twice: what is released is mapped again.
      for _ in 0..<2 {
        #expect(try archive.withBytes(of: member) { [UInt8]($0) } == content)
        archive.release(member)
      }
    }
    #expect(archive.member("absent") == nil)
  }

  @Test(arguments: ["plain.zip", "wide.zip", "streamed.zip"])
  func partsOfMembersRead(file: String) throws {
    let archive = try ZipArchive(path: Fixture.path("zip/" + file))
    for (name, content) in [("folder/stored", Self.stored), ("folder/deflated", Self.deflated)] {
      let member = try #require(archive.member(name))
      for range in [0..<0, 0..<7, 100..<5000, content.count - 3..<content.count, 0..<content.count] {
        var part = [UInt8](repeating: 0, count: range.count)
        try part.withUnsafeMutableBytes { try archive.read(member, from: range.lowerBound, into: $0) }
        #expect(part == Array(content[range]), "\(name) \(range)")
      }
      var part = [UInt8](repeating: 0, count: 4)
      for offset in [-1, content.count - 3, Int.max] {
        let error = #expect(throws: MISTError.self) {
          try part.withUnsafeMutableBytes { try archive.read(member, from: offset, into: $0) }
        }
        #expect(error?.code == .bug)
      }
    }
  }

  @Test func aStoredMemberIsAViewOfTheFile() throws {
    let archive = try ZipArchive(path: Fixture.path("zip/plain.zip"))
    let member = try #require(archive.member("folder/stored"))
    let places = try (0..<2).map { _ in try archive.withBytes(of: member) { UInt(bitPattern: $0.baseAddress) }
    }
    #expect(places[0] == places[1])
  }

  @Test(arguments: ["folder/stored", "folder/deflated"])
  func aFlippedBitIsNoticed(name: String) throws {
    var bytes = try MappedFile.contents(of: Fixture.path("zip/plain.zip"))
    let range = try #require(try ZipArchive(path: Fixture.path("zip/plain.zip")).member(name)).range
    bytes[range.upperBound - 3] ^= 1
    let error = try withFile(bytes) { path in
      let archive = try ZipArchive(path: path)
      return try #require(throws: MISTError.self) {
        try archive.withBytes(of: try #require(archive.member(name))) { _ in }
      }
    }
    #expect([.zipChecksum, .zipDamagedData].contains(error.code), "\(error)")
  }

  /// PyTorch can be told not to compute checksums, and writes 0 then.
  @Test func aChecksumOfZeroIsNotLookedAt() throws {
    var bytes = try MappedFile.contents(of: Fixture.path("zip/plain.zip"))
    let checksum = Self.littleEndian(
      try #require(try ZipArchive(path: Fixture.path("zip/plain.zip")).member("folder/stored")).checksum)
    var count = 0
    for place in 0..<bytes.count - 4 where Array(bytes[place..<place + 4]) == checksum {
      bytes.replaceSubrange(place..<place + 4, with: [0, 0, 0, 0])
      count += 1
    }
    #expect(count == 2)
    try withFile(bytes) { path in
      let archive = try ZipArchive(path: path)
      let member = try #require(archive.member("folder/stored"))
      #expect(try archive.withBytes(of: member) { [UInt8]($0) } == Self.stored)
    }
  }

  /// Every cut ends in an error, whatever it cuts.
  @Test(arguments: ["plain.zip", "wide.zip", "streamed.zip"])
  func aFileThatIsCutOffDoesNotOpen(file: String) throws {
    let bytes = try MappedFile.contents(of: Fixture.path("zip/" + file))
    for count in stride(from: 0, to: bytes.count, by: 37) {
      let error = try withFile(Array(bytes[..<count])) { path in
        #expect(throws: MISTError.self) { _ = try ZipArchive(path: path) }
      }
      #expect(error?.code == .zipNoEnd, "\(count)")
    }
  }

  static func littleEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
