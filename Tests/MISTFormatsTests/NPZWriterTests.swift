import Foundation
import MISTFormats
import TestSupport
import Testing

struct NPZWriterTests {
  static let declared = [
    TensorInfo(name: "a/kernel", dtype: .f32, shape: [2, 3]),
    TensorInfo(name: "none", dtype: .f32, shape: [0, 4]),
    TensorInfo(name: "größe", dtype: .bf16, shape: [4]), TensorInfo(name: "scalar", dtype: .f64, shape: []),
    TensorInfo(name: "half", dtype: .f16, shape: [1, 2, 1]),
    TensorInfo(name: "bytes", dtype: .u8, shape: [3]),
  ]

  @Test func whatIsWrittenIsRead() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = folder + "/x.npz"
      try Self.write(path)
      let archive = try openArchive(path)
      #expect(archive.tensors == Self.declared)
      func floats(_ name: String, _ dtype: DType) throws -> [Float] {
        try archive.withBytes(of: name) { try FloatConversion.floats($0, dtype: dtype) }
      }
      #expect(try floats("a/kernel", .f32) == [1, 2, 3, 4, 5, 6])
      #expect(try floats("none", .f32).isEmpty)
      #expect(try floats("größe", .bf16) == [1, -2, 0.5, 256])
      #expect(try floats("scalar", .f64) == [2.5])
      #expect(try floats("half", .f16) == [0.25, -8])
      #expect(try archive.withBytes(of: "bytes") { [UInt8]($0) } == [1, 2, 255])
    }
  }

  @Test func theSameInputGivesTheSameBytes() throws {
    try Fixture.withTemporaryFolder { folder in
      let paths = [folder + "/1.npz", folder + "/2.npz"]
      for path in paths { try Self.write(path) }
      let files = try paths.map { try MappedFile.contents(of: $0) }
      #expect(files[0] == files[1])
      // What numpy.lib.format writes for this array, in the first member.
      let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
      let start = 30 + "a/kernel.npy".utf8.count
      #expect(Array(files[0][start..<start + 10]) == [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0])
      #expect(String(decoding: files[0][(start + 10)...].prefix(header.utf8.count), as: UTF8.self) == header)
    }
  }

  @Test func nothingAppearsBeforeTheEnd() throws {
    try Fixture.withTemporaryFolder { folder in
      var writer = try NPZWriter(path: folder + "/x.npz", tensors: Self.declared)
      try writer.append("a/kernel", [1, 2, 3] as [Float])
      #expect(!FileManager.default.fileExists(atPath: folder + "/x.npz"))
      let error = #expect(throws: MISTError.self) { try writer.finish() }
      #expect(error?.code == .npzWrongAppend)
    }
  }

  @Test func wrongCallsAreRefused() throws {
    try Fixture.withTemporaryFolder { folder in
      func refused(_ code: ErrorCode = .npzWrongAppend, _ body: () throws -> Void) {
        #expect(#expect(throws: MISTError.self, performing: body)?.code == code)
      }
      let path = folder + "/x.npz"
      refused { _ = try NPZWriter(path: path, tensors: [Self.declared[0], Self.declared[0]]) }
      refused { _ = try NPZWriter(path: path, tensors: [TensorInfo(name: "", dtype: .f32, shape: [])]) }
      refused { _ = try NPZWriter(path: path, tensors: [TensorInfo(name: "x", dtype: .f32, shape: [-1])]) }
      refused(.npzUnsupportedDType) {
        _ = try NPZWriter(path: path, tensors: [TensorInfo(name: "x", dtype: .f8e5m2, shape: [1])])
      }
      var writer = try NPZWriter(path: path, tensors: Self.declared)
      refused { try writer.append("scalar", [1.0]) }
      try writer.append("a/kernel", [1, 2, 3, 4] as [Float])
      refused { try writer.append("größe", floats: [1]) }
      refused { try writer.append("a/kernel", [1, 2, 3] as [Float]) }
    }
  }

  private static func write(_ path: String) throws {
    var writer = try NPZWriter(path: path, tensors: declared)
    try writer.append("a/kernel", [1, 2] as [Float])
    try writer.append("a/kernel", floats: [3, 4, 5, 6])
    try writer.append("größe", floats: [1, -2, 0.5, 256])
    try writer.append("scalar", [2.5])
    try writer.append("half", floats: [0.25, -8])
    try writer.append("bytes", [1, 2, 255] as [UInt8])
    try writer.finish()
  }
}
