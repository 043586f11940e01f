import Foundation
import MISTFormats
import TestSupport
import Testing

struct PageReleaseTests {
  private static let count = 8 << 20
  /// What the system may map, and a release takes, around a tensor: a huge page at either end.
  private static let slack = 4 << 20

  /// A safetensors file of three tensors of 8 MiB.
  private func withArchive(_ body: (SafetensorsArchive) throws -> Void) throws {
    try Fixture.withTemporaryFolder { folder in
      let path = folder + "/three.safetensors"
      let names = ["a", "b", "c"]
      var writer = try SafetensorsWriter(
        path: path, tensors: names.map { TensorInfo(name: $0, dtype: .u8, shape: [Self.count]) })
      for (i, name) in names.enumerated() {
        try writer.append(name, [UInt8](repeating: UInt8(i + 1), count: Self.count))
      }
      try writer.finish()
      try body(SafetensorsArchive(path: path))
    }
  }

  /// Of one byte in each KiB, so that every page is touched.
  private func sum(_ bytes: UnsafeRawBufferPointer) -> Int {
    stride(from: 0, to: bytes.count, by: 1024).reduce(0) { $0 + Int(bytes[$1]) }
  }

  @Test func tensorsReadAgainAreTheSame() throws {
    try withArchive { archive in
      for _ in 0..<3 {
        for (i, name) in ["a", "b", "c"].enumerated() {
          let total = try archive.withBytesOnce(of: name, sum)
          #expect(total == (i + 1) * Self.count / 1024)
        }
      }
      archive.releaseAll()
      archive.release("absent")
      #expect(try archive.withBytes(of: "b", sum) == 2 * Self.count / 1024)
    }
  }

  @Test func readingSparselyChangesNoValue() throws {
    try withArchive { archive in
      let before = try archive.withBytes(of: "b", sum)
      for _ in 0..<2 {
        archive.readSparsely()
        for (i, name) in ["a", "b", "c"].enumerated() {
          try archive.withBytes(of: name) { bytes in
            archive.fetch(bytes)
            archive.fetch(UnsafeRawBufferPointer(rebasing: bytes[4097..<5000]))
            #expect(sum(bytes) == (i + 1) * Self.count / 1024)
          }
        }
      }
      let other: [UInt8] = [1, 2, 3]
      other.withUnsafeBytes { archive.fetch($0) }
      archive.fetch(UnsafeRawBufferPointer(start: nil, count: 0))
      archive.releaseAll()
      #expect(try archive.withBytes(of: "b", sum) == before)
    }
  }

  #if os(Linux)
    @Test func readingOnceLeavesNothingResident() throws {
      try withArchive { archive in
        for tensor in archive.tensors { _ = try archive.withBytes(of: tensor.name, sum) }
        #expect(try Residency.bytes(of: archive.path) >= 3 * Self.count)
        archive.release("a")
        let two = try Residency.bytes(of: archive.path)
        #expect((2 * Self.count - Self.slack...2 * Self.count + Self.slack).contains(two))
        archive.releaseAll()
        #expect(try Residency.bytes(of: archive.path) == 0)
        for tensor in archive.tensors { _ = try archive.withBytesOnce(of: tensor.name, sum) }
        #expect(try Residency.bytes(of: archive.path) < Self.slack)
        #expect(try ContentHash.of(file: archive.path).count == 64)
      }
    }

    @Test(
      "Opening leaves nothing resident",
      arguments: [
        "pytorch/dtypes.pth", "pytorch/dtypes-legacy.pth", "vit/timm-vit/model.onnx", "npz/arrays.npz",
      ])
    func opening(_ file: String) throws {
      let archive = try openArchive(Fixture.path(file))
      #expect(try Residency.bytes(of: archive.path) == 0)
      #expect(!archive.tensors.isEmpty)
    }
  #endif

  /// Memory that is not the file's would lose its content.
  @Test func otherMemoryIsLeftAlone() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = folder + "/file"
      try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
      let file = try MappedFile(path: path)
      let other = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 1 << 16)
      defer { other.deallocate() }
      other.initializeMemory(as: UInt8.self, repeating: 7)
      file.release(UnsafeRawBufferPointer(other))
      file.release(UnsafeRawBufferPointer(start: nil, count: 0))
      #expect(sum(UnsafeRawBufferPointer(other)) == 7 << 10)
      #expect(Array(file.bytes) == [1, 2, 3])
    }
  }

  @Test func aHashDoesNotDependOnItsChunks() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = folder + "/file"
      var bytes = [UInt8](repeating: 3, count: (9 << 20) + 5)
      for place in stride(from: 0, to: bytes.count, by: 4099) { bytes[place] = UInt8(place % 251) }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      #expect(try ContentHash.of(file: path) == bytes.withUnsafeBytes { ContentHash.of($0) })
    }
  }
}
