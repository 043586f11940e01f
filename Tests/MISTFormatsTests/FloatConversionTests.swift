import MISTFormats
import TestSupport
import Testing

/// Against torch (`Fixtures/numbers`) and against Swift's own `Float16`.
struct FloatConversionTests {
  let golden: SafetensorsArchive

  init() throws { golden = try SafetensorsArchive(path: Fixture.path("numbers/conversions.safetensors")) }

  func values(_ name: String) throws -> [Float] {
    try golden.withBytes(of: name) { try FloatConversion.floats($0, dtype: .f32) }
  }

  @Test(arguments: [DType.f16, .bf16])
  func narrowingRoundsLikeTorch(dtype: DType) throws {
    let source = try values("f32")
    var bits = [UInt16](repeating: 0, count: source.count)
    try source.withUnsafeBufferPointer { source in
      try bits.withUnsafeMutableBytes { try FloatConversion.fromFloats(source, to: dtype, into: $0) }
    }
    let name = dtype == .f16 ? "f16" : "bf16"
    let expected = try golden.withBytes(of: name) { bytes in
      (0..<bytes.count / 2).map { bytes.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self) }
    }
    let infinity: UInt16 = dtype == .f16 ? 0x7c00 : 0x7f80
    for (index, value) in source.enumerated() {
      let isRight = value.isNaN ? bits[index] & 0x7fff > infinity : bits[index] == expected[index]
      if !isRight { Issue.record("\(value) at \(index) became \(bits[index])") }
    }
  }

  @Test func everyHalfWidensExactly() {
    let wrong = (UInt16.min...UInt16.max).filter { bits in
      let value = FloatConversion.float(half: bits)
      let reference = Float(Float16(bitPattern: bits))
      return value.bitPattern != reference.bitPattern && !(value.isNaN && reference.isNaN)
    }
    #expect(wrong.isEmpty)
  }

  @Test func everyHalfSurvivesTheRoundTrip() {
    let wrong = (UInt16.min...UInt16.max).filter { bits in
      let value = FloatConversion.float(half: bits)
      return !value.isNaN && FloatConversion.half(value) != bits
    }
    #expect(wrong.isEmpty)
  }

  @Test func eightBitTypesWidenLikeTorch() throws {
    let patterns = [UInt8](0...255)
    for (name, dtype) in [("e4m3", DType.f8e4m3), ("e5m2", .f8e5m2)] {
      let expected = try values(name)
      let found = try patterns.withUnsafeBytes { try FloatConversion.floats($0, dtype: dtype) }
      let agree = zip(found, expected).map { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN }
      #expect(agree == [Bool](repeating: true, count: 256), "\(dtype)")
    }
  }

  @Test func doublesRoundLikeTorch() throws {
    let found = try golden.withBytes(of: "f64") { try FloatConversion.floats($0, dtype: .f64) }
    #expect(try found == values("f64_as_f32"))
  }

  @Test func unalignedSourcesConvert() throws {
    let bytes: [UInt8] = [0xff, 0x00, 0x3c, 0x00, 0xc0]
    let found = try bytes.withUnsafeBytes {
      try FloatConversion.floats(UnsafeRawBufferPointer(rebasing: $0[1...]), dtype: .f16)
    }
    #expect(found == [1, -2])
  }

  @Test func otherTypesAndSizesAreRefused() {
    let integers = #expect(throws: MISTError.self) {
      try [Int32(1)].withUnsafeBytes { _ = try FloatConversion.floats($0, dtype: .i32) }
    }
    #expect(integers?.code == .tensorNotFloat)
    let odd = #expect(throws: MISTError.self) {
      try [UInt8(1)].withUnsafeBytes { _ = try FloatConversion.floats($0, dtype: .f16) }
    }
    #expect(odd?.code == .tensorSizeMismatch)
  }
}
