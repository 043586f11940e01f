import MISTFormats
import Testing

struct TensorDifferenceTests {
  private func difference<A: BitwiseCopyable, B: BitwiseCopyable>(
    _ a: [A], _ typeA: DType, _ b: [B], _ typeB: DType
  ) throws -> TensorDifference {
    try a.withUnsafeBytes { x in try b.withUnsafeBytes { y in try TensorDifference(x, typeA, y, typeB) } }
  }

  private func halves(_ values: [Float]) -> [UInt16] { values.map { FloatConversion.half($0) } }

  @Test func oneTypeIsComparedByBits() throws {
    let a = [1, 0, .nan, 4] as [Float]
    #expect(try difference(a, .f32, a, .f32).count == 0)
    let d = try difference(a, .f32, [1, -0.0, .nan, 4.5] as [Float], .f32)
    #expect(d.count == 2 && d.largest == 0.5)
    #expect(d.first?.index == 1)
    #expect(try difference([Int64.max], .i64, [Int64.max - 1], .i64).count == 1)
  }

  @Test func theFirstDifferenceOfManyChunksIsNamed() throws {
    let a = (0..<50_000).map { Float($0) }
    var b = a
    b[40_000] += 2
    b[40_001] -= 3
    let d = try difference(a, .f32, b, .f32)
    #expect(d.count == 2 && d.largest == 3)
    #expect(d.first?.index == 40_000 && d.first?.a == 40_000 && d.first?.b == 40_002)
  }

  @Test func aConversionIsTheSame() throws {
    let a = [0.1, -3, 1e-9, 70_000, .nan, 2] as [Float]
    let d = try difference(a, .f32, halves(a), .f16)
    #expect(d.count == 0)
    #expect(d.measure == .rounded(.f16))
    // 70,000 became infinite.
    #expect(d.largest == .infinity)
    #expect(try difference(halves(a), .f16, a, .f32).count == 0)
    var changed = halves(a)
    changed[0] += 1
    let other = try difference(a, .f32, changed, .f16)
    #expect(other.count == 1 && other.first?.index == 0)
    #expect(try difference(a.map { Double($0) }, .f64, a, .f32).count == 0)
    #expect(try difference(a, .f32, a.map { FloatConversion.bfloat($0) }, .bf16).count == 0)
  }

  @Test func otherTypesAreComparedByValue() throws {
    let halved = halves([1, 2.5, -4])
    let d = try difference(halved, .f16, [1, 2.5, -4].map { FloatConversion.bfloat($0) }, .bf16)
    #expect(d.count == 0)
    #expect(d.measure == .values)
    #expect(try difference([1, 2, 3] as [Int32], .i32, [1, 2, 4] as [UInt8], .u8).count == 1)
  }

  @Test func otherCountsAreRefused() {
    #expect(throws: MISTError.self) { try difference([1, 2] as [Float], .f32, [1] as [Float], .f32) }
  }
}
