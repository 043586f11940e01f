import MISTFormats
import MISTModels
import TestSupport
import Testing

/// A change of element type says what it did to the values.
struct DTypeChangeTests {
  /// Converts a small ViT whose `norm.bias` begins with `values`, all of it stored as `source`, to `written`. Returns what
  /// the outcome says of that tensor, of all, and the first values written.
  private func convert(_ values: [Double], from source: DType, to written: DType) throws
    -> (bias: DTypeChange?, outcome: Conversion.Outcome, written: [Float])
  {
    try Fixture.withTemporaryFolder { folder in
      let archive = try ViTFixture.named("timm-vit").archive()
      let path = folder + "/source.safetensors"
      let infos = archive.tensors.map { TensorInfo(name: $0.name, dtype: source, shape: $0.shape) }
      var writer = try SafetensorsWriter(path: path, tensors: infos)
      for tensor in archive.tensors {
        var all = try archive.withBytes(of: tensor.name) { try FloatConversion.floats($0, dtype: .f32) }
          .map { Double($0) }
        if tensor.name == "norm.bias" { all.replaceSubrange(0..<values.count, with: values) }
        if source == .f64 {
          try writer.append(tensor.name, all)
        } else {
          try writer.append(tensor.name, floats: all.map { Float($0) })
        }
      }
      try writer.finish()
      var options = bareOptions()
      options.dtype = written
      let target = folder + "/target.safetensors"
      let outcome = try Conversion(ModelSource(path: path), options: options).run(to: target)
      let made = try CanonicalCheckpoint.open(target).archive
      let stored = try made.withBytes(of: "final_norm.bias") {
        try FloatConversion.floats($0, dtype: written)
      }
      return (outcome.changes["final_norm.bias"], outcome, Array(stored.prefix(values.count)))
    }
  }

  private func change(
    values: Int = 24, overflow: Int = 0, underflow: Int = 0, subnormal: Int = 0, nan: Int = 0
  )
    -> DTypeChange
  {
    var change = DTypeChange()
    (change.values, change.overflow, change.underflow) = (values, overflow, underflow)
    (change.subnormal, change.nan) = (subnormal, nan)
    return change
  }

  @Test func halves() throws {
    // Half of the smallest subnormal half is a tie and rounds to even, which is zero.
    let smallest = 0x1p-24
    let values = [65519, 65520, -1e9, smallest / 2, smallest * 0.51, -1e-30, 0, -0, 3e-5]
    let result = try convert(values, from: .f32, to: .f16)
    #expect(result.bias == change(overflow: 2, underflow: 2, subnormal: 2))
    #expect(result.written.prefix(3) == [65504, .infinity, -.infinity])
    #expect(result.written[3] == 0 && result.written[4] == Float(smallest))
    #expect(result.outcome.changes.count == result.outcome.changes.values.filter { $0.values > 0 }.count)
    #expect(result.outcome.total.overflow == 2 && result.outcome.total.values > 1000)
  }

  @Test func brainFloatsOverflowByRounding() throws {
    let largest = Double(Float.greatestFiniteMagnitude)
    // f32's subnormal numbers stay subnormal: nothing new.
    let values = [largest, -largest, 3.38e38, 1e-40, Double(Float.leastNonzeroMagnitude)]
    let result = try convert(values, from: .f32, to: .bf16)
    #expect(result.bias == change(overflow: 2, underflow: 1))
    #expect(result.written[0] == .infinity && result.written[2].isFinite)
  }

  @Test func doublesOverflowSingles() throws {
    let values = [1e39, -1e300, 1e-46, Double.leastNonzeroMagnitude, 1e-40, 1]
    let result = try convert(values, from: .f64, to: .f32)
    #expect(result.bias == change(overflow: 2, underflow: 2, subnormal: 1))
  }

  @Test func wideningLosesNothing() throws {
    // 1e-7 is a subnormal half.
    let result = try convert([1e-7, 65504, 0], from: .f16, to: .f32)
    #expect(result.bias == change())
    #expect(!result.outcome.total.isNotable)
  }

  @Test func theSameTypeIsNoChange() throws {
    #expect(try convert([1e-40, 3e38], from: .f32, to: .f32).outcome.changes.isEmpty)
  }

  /// No model computes with them, so a file that holds them is not converted, whatever the types.
  @Test(arguments: [
    (DType.f32, DType.f32, Double.nan), (.f32, .f16, .infinity), (.f16, .f16, -.infinity), (.f64, .f32, .nan),
  ])
  func valuesThatAreNoNumbersAreRefused(_ from: DType, _ to: DType, _ value: Double) throws {
    let error = #expect(throws: MISTError.self) { try convert([0, value], from: from, to: to) }
    #expect(error?.code == .convertNotFinite && error?.place == "tensor 'norm.bias'")
    let found = value.isNaN ? "1 are NaN and 0 infinite" : "0 are NaN and 1 infinite"
    #expect(error?.problem == "of its 24 values " + found)
  }

  @Test func aCensusCountsEveryKindOfEveryType() throws {
    /// Elements as integers, and how many are zero, subnormal, infinite and NaN.
    func census<Bits: FixedWidthInteger>(_ dtype: DType, _ bits: [Bits]) throws -> [Int] {
      var census = FloatCensus()
      // More than one chunk of the counting loop, and not a multiple of it.
      let repeated = Array(repeating: bits, count: 10_007).flatMap { $0 }
      try repeated.withUnsafeBytes { try census.add($0, dtype: dtype) }
      #expect(census.count == repeated.count)
      return [census.zeros, census.subnormals, census.infinities, census.nans].map { count in
        #expect(count % 10_007 == 0)
        return count / 10_007
      }
    }
    #expect(try census(.f8e4m3, [0, 0x80, 1, 0x87, 8, 0x7e, 0x7f, 0xff] as [UInt8]) == [2, 2, 0, 2])
    #expect(try census(.f8e5m2, [0, 0x80, 3, 4, 0x7b, 0x7c, 0xfc, 0x7d] as [UInt8]) == [2, 1, 2, 1])
    #expect(try census(.f16, [0, 0x8001, 0x3ff, 0x400, 0x7bff, 0xfc00, 0x7c01] as [UInt16]) == [1, 2, 1, 1])
    #expect(try census(.bf16, [0x8000, 0x7f, 0x80, 0x7f7f, 0x7f80, 0xffff] as [UInt16]) == [1, 1, 1, 1])
    let singles = [0, -0, Float.leastNonzeroMagnitude, 1, .infinity, .nan].map(\.bitPattern)
    #expect(try census(.f32, singles) == [2, 1, 1, 1])
    #expect(
      try census(.f64, [0, Double.leastNonzeroMagnitude, 1, -.infinity, .nan].map(\.bitPattern) as [UInt64])
        == [1, 1, 1, 1])
    #expect(throws: MISTError.self) { try census(.i32, [1] as [Int32]) }
  }
}
