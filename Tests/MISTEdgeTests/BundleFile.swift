import Foundation
import MISTEdge
import TestSupport

/// Opening bundle fixtures.
enum BundleFile {
  static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: Fixture.path(path))))
  }

  static func read(_ path: String, _ body: (EdgeBundle) throws -> Void) throws {
    let bytes = try bytes(path)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    try body(EdgeBundle(UnsafeRawBufferPointer(memory)))
  }

  static func error(_ bytes: UnsafeRawBufferPointer) -> EdgeError? {
    do {
      _ = try EdgeBundle(bytes)
      return nil
    } catch {
      return error
    }
  }

  /// Calls `body` with the bytes in memory of their own, so that a sanitizer sees a read behind them.
  static func exact<R>(_ bytes: ArraySlice<UInt8>, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    return body(UnsafeRawBufferPointer(memory))
  }

  /// Computes the checksums of header and sections again, as far as the table makes sense.
  static func mendChecksums(_ bytes: inout [UInt8]) {
    let crc = CRC32()
    func number(_ offset: Int, _ size: Int) -> UInt64 {
      (0..<size).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) }
    }
    func store(_ value: UInt32, at offset: Int) {
      for i in 0..<4 { bytes[offset + i] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(i))) }
    }
    let count = Int(number(24, 4))
    guard count <= 64, 64 + 32 * count <= bytes.count else { return }
    for row in 0..<count {
      let (offset, length) = (number(72 + 32 * row, 8), number(80 + 32 * row, 8))
      guard offset <= bytes.count, length <= UInt64(bytes.count) - offset else { continue }
      store(
        bytes[Int(offset)..<Int(offset + length)].withUnsafeBytes { crc.checksum($0) }, at: 64 + 32 * row + 24
      )
    }
    let first = bytes[..<28].withUnsafeBytes { crc.checksum($0) }
    store(bytes[32..<(64 + 32 * count)].withUnsafeBytes { crc.checksum($0, from: first) }, at: 28)
  }
}

enum ShardFile {
  /// What opening the shard and reading all of it ends with.
  static func error(_ bytes: UnsafeRawBufferPointer, _ bundle: EdgeBundle) -> EdgeError? {
    do throws(EdgeError) {
      try read(FeatureShard(bytes, for: bundle), bundle.network)
      return nil
    } catch {
      return error
    }
  }

  private static func read(_ shard: FeatureShard, _ shape: NetworkShape) throws(EdgeError) {
    let buffers = shape.streams.map { FloatBuffer($0.tokens * $0.channels) }
    for sample in 0..<shard.samples {
      try shard.load(sample, into: buffers.map(\.pointer))
      _ = try shard.label(sample)
      _ = try shard.mask(sample)
    }
  }
}

/// SplitMix64.
struct SeededRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
