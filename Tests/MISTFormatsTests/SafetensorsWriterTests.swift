import Foundation
import MISTFormats
import TestSupport
import Testing

struct SafetensorsWriterTests {
  let declared = [
    TensorInfo(name: "a", dtype: .f32, shape: [2]), TensorInfo(name: "none", dtype: .f32, shape: [0]),
    TensorInfo(name: "b \"x\"\n", dtype: .u8, shape: []),
  ]

  @Test func writtenBytesAreExact() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = folder + "/out.safetensors"
      var writer = try SafetensorsWriter(path: path, tensors: declared, metadata: ["k": "1", "a": "é"])
      try writer.append("a", [Float(1), 2])
      try writer.append("b \"x\"\n", [UInt8(9)])
      try writer.finish()
      let header =
        #"{"__metadata__":{"a":"é","k":"1"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
        + #""none":{"dtype":"F32","shape":[0],"data_offsets":[8,8]},"#
        + #""b \"x\"\u000a":{"dtype":"U8","shape":[],"data_offsets":[8,9]}}"#
      let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
      #expect(padded.utf8.count % 8 == 0)
      #expect(try MappedFile.contents(of: path) == safetensors(padded, [0, 0, 128, 63, 0, 0, 0, 64, 9]))
    }
  }

  @Test func whatIsWrittenReads() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = folder + "/out.safetensors"
      var writer = try SafetensorsWriter(path: path, tensors: declared, metadata: ["format": "pt"])
      try writer.append("a", [Float(1)])
      try writer.append("a", [Float(2)])
      try writer.append("none", [Float]())
      try writer.append("b \"x\"\n", [UInt8(9)])
      try writer.finish()
      let archive = try SafetensorsArchive(path: path)
      #expect(archive.tensors == declared)
      #expect(archive.metadata == ["format": "pt"])
      #expect(try archive.withBytes(of: "a") { try numbers($0, .f32) } == [1, 2])
    }
  }

  @Test func floatsAreConvertedInChunks() throws {
    try Fixture.withTemporaryFolder { folder in
      let values = (0..<100_000).map { Float($0 % 2048) }
      let path = folder + "/half.safetensors"
      var writer = try SafetensorsWriter(
        path: path,
        tensors: [
          TensorInfo(name: "h", dtype: .f16, shape: [100_000]),
          TensorInfo(name: "d", dtype: .f64, shape: [100_000]),
        ])
      try writer.append("h", floats: values)
      try writer.append("d", floats: values)
      try writer.finish()
      let archive = try SafetensorsArchive(path: path)
      #expect(try archive.withBytes(of: "h") { try FloatConversion.floats($0, dtype: .f16) } == values)
      #expect(try archive.withBytes(of: "d") { try FloatConversion.floats($0, dtype: .f64) } == values)
    }
  }

  @Test func wrongOrderAndSizesAreRefused() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = folder + "/out.safetensors"
      var writer = try SafetensorsWriter(path: path, tensors: declared)
      func refused(_ body: () throws -> Void) {
        let error = #expect(throws: MISTError.self) { try body() }
        #expect(error?.code == .safetensorsWrongAppend)
      }
      refused { try writer.append("b \"x\"\n", [UInt8(9)]) }
      refused { try writer.append("a", [Float(1), 2, 3]) }
      try writer.append("a", [Float(1)])
      refused { try writer.append("b \"x\"\n", [UInt8(9)]) }
      refused { try writer.finish() }
      #expect(!FileManager.default.fileExists(atPath: path))
      refused { _ = try SafetensorsWriter(path: path, tensors: [declared[0], declared[0]]) }
      refused {
        let info = TensorInfo(name: "x", dtype: .f64, shape: [1 << 61])
        _ = try SafetensorsWriter(path: path, tensors: [info])
      }
    }
  }

  @Test func anAbandonedFileLeavesTheOldOne() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = folder + "/out.safetensors"
      try AtomicFile.write("old", to: path)
      do {
        var writer = try SafetensorsWriter(path: path, tensors: declared)
        try writer.append("a", [Float(1), 2])
      }
      #expect(try MappedFile.contents(of: path) == Array("old".utf8))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["out.safetensors"])
    }
  }
}
