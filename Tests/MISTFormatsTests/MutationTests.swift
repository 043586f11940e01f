import Foundation
import MISTFormats
import TestSupport
import Testing

/// Damages valid files in thousands of ways, the same on every run. Opening and reading must succeed or throw a
/// `MISTError`; anything else, a trap included, ends the test run.
struct MutationTests {
  @Test(arguments: [
    "safetensors/dtypes.safetensors", "onnx/dtypes-raw.onnx", "onnx/dtypes-typed.onnx", "onnx/graph.onnx",
    "onnx/external.onnx", "npz/arrays.npz", "npz/arrays-compressed.npz",
    "onnx/external.onnx", "pytorch/training.pth", "pytorch/training-legacy.pth", "pytorch/repacked.pth",
    "pytorch/no-checksums.pth",
  ])
  func damagedFilesThrowOrRead(file: String) throws {
    let original = try MappedFile.contents(of: Fixture.path(file))
    var generator = SeededGenerator(state: 2024)
    var refused = 0
    try Fixture.withTemporaryFolder { folder in
      try FileManager.default.copyItem(
        atPath: Fixture.path("onnx/external.bin"), toPath: folder + "/external.bin")
      let path = folder + "/damaged." + (file.split(separator: ".").last ?? "")
      for _ in 0..<1500 {
        let damaged = Self.damage(original, &generator)
        try write(damaged, to: path)
        if try !Self.reads(path) { refused += 1 }
        // Truncating a file instead makes some file systems wait for the disk.
        unlink(path)
      }
    }
    #expect(refused > 300 && refused < 1500)
  }

  @Test func randomBytesThrow() throws {
    var generator = SeededGenerator(state: 7)
    try Fixture.withTemporaryFolder { folder in
      for round in 0..<1000 {
        let path = folder + "/random." + ["onnx", "safetensors", "bin"][round % 3]
        let bytes = (0..<Int.random(in: 0...64, using: &generator)).map { _ in
          UInt8.random(in: 0...255, using: &generator)
        }
        try write(bytes, to: path)
        let isRead = try Self.reads(path)
        unlink(path)
        if isRead { Issue.record("random bytes of round \(round) open") }
      }
    }
  }

  /// Whether the file opens and all its tensors read. Throws what is not a `MISTError`.
  static func reads(_ path: String) throws -> Bool {
    do {
      let archive = try openArchive(path)
      for info in archive.tensors {
        try archive.withBytes(of: info.name) { bytes in
          if bytes.count != info.byteCount { Issue.record("\(info) has \(bytes.count) bytes") }
          // Touches every byte: a view beyond the mapping would end the run here.
          _ = bytes.reduce(0, ^)
        }
      }
      return true
    } catch is MISTError {
      return false
    }
  }

  static func damage(_ original: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 2: bytes[place] = [0, 0x7f, 0x80, 0xff].randomElement(using: &generator) ?? 0
      case 3: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
      case 4: bytes.remove(at: place)
      default: bytes.removeLast(Int.random(in: 0..<min(16, bytes.count), using: &generator))
      }
      if bytes.isEmpty { return original }
    }
    return bytes
  }
}
