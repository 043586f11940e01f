import Foundation
import MISTFormats
import TestSupport

/// A safetensors file of this header and data.
func safetensors(_ header: String, _ data: [UInt8]) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8) + data
}

/// Writes a file plainly: Foundation's and `AtomicFile`'s ways wait for the disk, too slow for thousands.
func write(_ bytes: [UInt8], to path: String) throws {
  guard let file = fopen(path, "w") else { throw CocoaError(.fileWriteUnknown) }
  let written = fwrite(bytes, 1, bytes.count, file)
  guard fclose(file) == 0, written == bytes.count else { throw CocoaError(.fileWriteUnknown) }
}

/// Writes `bytes` to a file in a fresh folder and calls `body` with its path.
func withFile<R>(_ bytes: [UInt8], named name: String = "file.bin", _ body: (String) throws -> R) throws -> R
{
  try Fixture.withTemporaryFolder { folder in
    let path = folder + "/" + name
    try write(bytes, to: path)
    return try body(path)
  }
}

/// Little-endian elements of any type as doubles.
func numbers(_ bytes: UnsafeRawBufferPointer, _ dtype: DType) throws -> [Double] {
  func integers<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) -> [Double] {
    stride(from: 0, to: bytes.count, by: MemoryLayout<T>.size).map {
      Double(bytes.loadUnaligned(fromByteOffset: $0, as: T.self))
    }
  }
  return switch dtype {
  case .bool, .u8: integers(UInt8.self)
  case .i8: integers(Int8.self)
  case .u16: integers(UInt16.self)
  case .i16: integers(Int16.self)
  case .u32: integers(UInt32.self)
  case .i32: integers(Int32.self)
  case .u64: integers(UInt64.self)
  case .i64: integers(Int64.self)
  default: try FloatConversion.floats(bytes, dtype: dtype).map(Double.init)
  }
}

/// A generator of the same numbers on every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
