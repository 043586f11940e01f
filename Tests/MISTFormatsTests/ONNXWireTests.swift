import Foundation
import MISTFormats
import TestSupport
import Testing

/// Models put together byte by byte: what the reference library does not write.
struct ONNXWireTests {
  static func varint(_ value: Int) -> [UInt8] {
    var rest = UInt64(bitPattern: Int64(value))
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  static func number(_ field: Int, _ value: Int) -> [UInt8] { varint(field << 3) + varint(value) }

  static func bytes(_ field: Int, _ value: [UInt8]) -> [UInt8] {
    varint(field << 3 | 2) + varint(value.count) + value
  }

  static func model(dims: [Int], type: Int, _ values: [UInt8]) -> [UInt8] {
    let tensor = dims.flatMap { number(1, $0) } + number(2, type) + bytes(8, [0x77]) + values
    return bytes(7, bytes(5, tensor))
  }

  func values(_ model: [UInt8]) throws -> [Double] {
    try withFile(model) { path in
      let archive = try ONNXArchive(path: path)
      return try archive.withBytes(of: "w") { try numbers($0, archive.tensors[0].dtype) }
    }
  }

  let one: [UInt8] = [0, 0, 0x80, 0x3f]

  @Test func floatsReadPackedUnpackedAndMixed() throws {
    let single = Self.varint(4 << 3 | 5) + one
    let packed = Self.bytes(4, one + one)
    #expect(try values(Self.model(dims: [2], type: 1, packed)) == [1, 1])
    #expect(try values(Self.model(dims: [2], type: 1, single + single)) == [1, 1])
    #expect(try values(Self.model(dims: [3], type: 1, single + packed)) == [1, 1, 1])
  }

  @Test func integersReadPackedUnpackedAndMixed() throws {
    let packed = Self.bytes(7, Self.varint(-5) + Self.varint(300))
    #expect(try values(Self.model(dims: [3], type: 7, Self.number(7, 9) + packed)) == [9, -5, 300])
  }

  @Test func packedDimsRead() throws {
    let tensor =
      Self.bytes(1, [2, 1]) + Self.number(2, 1) + Self.bytes(8, [0x77]) + Self.bytes(9, one + one)
    let archive = try withFile(Self.bytes(7, Self.bytes(5, tensor))) { try ONNXArchive(path: $0) }
    #expect(archive.info("w")?.shape == [2, 1])
  }

  @Test func bitsOfNarrowFloatsStandInInt32Data() throws {
    let halves = Self.bytes(5, Self.varint(0x3c00) + Self.varint(0xc000))
    #expect(try values(Self.model(dims: [2], type: 10, halves)) == [1, -2])
  }

  @Test func unknownFieldsArePassedOver() throws {
    let unknown = Self.number(900, 1) + Self.bytes(901, [1, 2, 3])
    #expect(
      try values(unknown + Self.model(dims: [1], type: 1, unknown + Self.bytes(9, one)) + unknown) == [1])
  }

  /// Three gigabytes of values in one message, which protobuf libraries cannot address. The file is sparse.
  @Test func modelsOverTwoGigabytesRead() throws {
    let size = 3 << 30
    let head = Self.number(1, size / 4) + Self.number(2, 1) + Self.bytes(8, [0x77]) + Self.varint(9 << 3 | 2)
    let tensor = head + Self.varint(size)
    let tensorHead = Self.varint(5 << 3 | 2) + Self.varint(tensor.count + size)
    let start = Self.varint(7 << 3 | 2) + Self.varint(tensorHead.count + tensor.count + size)
    try withFile(start + tensorHead + tensor) { path in
      let handle = try #require(FileHandle(forUpdatingAtPath: path))
      let end = try handle.seekToEnd() + UInt64(size)
      try handle.truncate(atOffset: end)
      try handle.seek(toOffset: end - 4)
      try handle.write(contentsOf: one)
      try handle.close()
      let archive = try openArchive(path)
      #expect(archive.tensors == [TensorInfo(name: "w", dtype: .f32, shape: [size / 4])])
      let last = try archive.withBytes(of: "w") { bytes in
        (bytes.count, bytes.loadUnaligned(fromByteOffset: size - 4, as: Float.self))
      }
      #expect(last == (size, 1))
    }
  }
}
