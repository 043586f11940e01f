import Foundation
import MISTFormats
import TestSupport
import Testing

struct NPZArchiveTests {
  @Test("Everything that NumPy and JAX write", arguments: ["arrays.npz", "arrays-compressed.npz"])
  func arraysReadAsNumbers(file: String) throws {
    let archive = try openArchive(Fixture.path("npz/" + file))
    let expected = try SafetensorsArchive(path: Fixture.path("npz/expected.safetensors"))
    #expect(archive.format == "npz")
    #expect(Set(archive.tensors) == Set(expected.tensors))
    for info in archive.tensors {
      #expect(archive.info(info.name) == info)
      // Twice: what is released is mapped again.
      for _ in 0..<2 {
        let bytes = try archive.withBytes(of: info.name) { [UInt8]($0) }
        #expect(try bytes == expected.withBytes(of: info.name) { [UInt8]($0) }, "\(info)")
        archive.release(info.name)
      }
    }
  }

  @Test func everyVersionOfTheHeader() throws {
    let archive = try NPZArchive(path: Fixture.path("npz/versions.npz"))
    #expect(archive.tensors.map(\.name) == ["v1", "v2", "v3"])
    for info in archive.tensors {
      #expect(info.shape == [2, 3])
      let floats = try archive.withBytes(of: info.name) { try FloatConversion.floats($0, dtype: .f32) }
      #expect(floats == [0, 1, 2, 3, 4, 5])
    }
  }

  @Test func absentArrays() throws {
    let archive = try NPZArchive(path: Fixture.path("npz/arrays.npz"))
    let error = #expect(throws: MISTError.self) { try archive.withBytes(of: "absent") { _ in } }
    #expect(error?.code == .tensorNotFound)
  }

  @Test func malformedFilesGiveTheirCodes() throws {
    let rules = try FormatDocument.rules("npz.md")
    #expect(rules.count > 25)
    for rule in rules {
      guard let malformed = rule.malformed else { continue }
      let path = Fixture.path("malformed/" + malformed)
      let error = #expect(throws: MISTError.self, "\(rule.id)") { _ = try NPZArchive(path: path) }
      #expect(error?.code.name == rule.error, "\(rule.id): \(error.map(String.init(describing:)) ?? "")")
      #expect(error?.file == path, "\(rule.id)")
      let other = #expect(throws: MISTError.self, "\(rule.id)") { _ = try openArchive(path) }
      #expect(other?.code.name == rule.error, "\(rule.id)")
    }
    #expect(try NPZArchive(path: Fixture.path("malformed/npz/valid.npz")).tensors.count == 1)
  }
}
