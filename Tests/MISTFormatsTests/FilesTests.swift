import Foundation
import TestSupport
import Testing

@testable import MISTFormats

struct FilesTests {
  @Test func mappedFileShowsTheContent() throws {
    try withFile([1, 2, 3]) { path in
      let file = try MappedFile(path: path)
      #expect(Array(file.bytes) == [1, 2, 3])
      #expect(file.path == path)
    }
    let empty = try withFile([]) { try MappedFile(path: $0) }
    #expect(empty.bytes.isEmpty)
  }

  @Test func aFileThatIsCutWhileItIsMappedIsKnown() throws {
    try withFile([1, 2, 3]) { path in
      let file = try MappedFile(path: path)
      #expect(!MappedLengths.shortened().contains(path))
      #expect(truncate(path, 2) == 0)
      #expect(MappedLengths.shortened().contains(path))
      withExtendedLifetime(file) {}
    }
    try withFile([1, 2, 3]) { path in
      let file = try MappedFile(path: path)
      // Another file took its name: the mapping is whole.
      try Data([1]).write(to: URL(fileURLWithPath: path), options: .atomic)
      #expect(!MappedLengths.shortened().contains(path))
      withExtendedLifetime(file) {}
    }
  }

  @Test func whatIsNoFileIsRefused() throws {
    func code(_ path: String) -> ErrorCode? {
      #expect(throws: MISTError.self) { _ = try MappedFile(path: path) }?.code
    }
    try Fixture.withTemporaryFolder { folder in
      #expect(code(folder + "/absent") == .fileNotFound)
      #expect(code(folder) == .fileUnreadable)
      #expect(mkfifo(folder + "/pipe", 0o600) == 0)
      #expect(code(folder + "/pipe") == .fileUnreadable)
    }
  }

  @Test func atomicFileAppearsOnCommit() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = folder + "/out"
      let file = try AtomicFile(path: path)
      let big = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      try file.write("head")
      try file.write(big)
      try file.write([1, 2])
      #expect(!FileManager.default.fileExists(atPath: path))
      try file.commit()
      #expect(try MappedFile.contents(of: path) == Array("head".utf8) + big + [1, 2])
      #expect(file.count == 300_006)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["out"])
      #expect(throws: MISTError.self) { try file.write("more") }
    }
  }

  @Test func atomicFileRefusesImpossiblePlaces() throws {
    try Fixture.withTemporaryFolder { folder in
      for path in [folder, folder + "/absent/out"] {
        let error = #expect(throws: MISTError.self) { _ = try AtomicFile(path: path) }
        #expect(error?.code == .fileWriteFailed)
      }
    }
  }

  /// The examples of FIPS 180-4.
  @Test func contentHashIsSHA256() throws {
    var hash = ContentHash()
    #expect(hash.finalize() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    hash.update("ab")
    var copy = hash
    hash.update("c")
    copy.update("x")
    #expect(hash.finalize() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(copy.finalize() != hash.finalize())
    let ofFile = try withFile(Array("abc".utf8)) { try ContentHash.of(file: $0) }
    #expect(ofFile == hash.finalize())
  }
}
