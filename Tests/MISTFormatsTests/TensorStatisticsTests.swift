import Foundation
import MISTFormats
import TestSupport
import Testing

struct TensorStatisticsTests {
  private func statistics<Element: BitwiseCopyable>(_ elements: [Element], _ dtype: DType) -> TensorStatistics
  {
    var result = TensorStatistics()
    elements.withUnsafeBytes { result.add($0, dtype: dtype) }
    return result
  }

  @Test func finiteValuesAloneDecideTheMoments() {
    let s = statistics([1, .nan, 3, .infinity, 5, -.infinity, 0] as [Float], .f32)
    #expect(s.count == 7 && s.nans == 1 && s.infinities == 2 && s.zeros == 1)
    #expect(s.minimum == 0 && s.maximum == 5 && s.mean == 2.25)
    // Deviations −1.25, 0.75, 2.75, −2.25.
    #expect(abs((s.standardDeviation ?? 0) - (14.75 / 4).squareRoot()) < 1e-12)
    #expect(!s.isAllZero && !s.isConstant)
  }

  @Test func chunksJoinWithoutCancellation() {
    // A large mean and a small spread, over many chunks of unequal content.
    let count = 100_003
    let values = (0..<count).map { 1e8 + Double($0 % 7) * 0.001 }
    let s = statistics(values, .f64)
    let mean = values.reduce(0) { $0 + ($1 - 1e8) } / Double(count)
    let variance = values.reduce(0) { $0 + ($1 - 1e8 - mean) * ($1 - 1e8 - mean) } / Double(count)
    #expect(abs((s.mean ?? 0) - 1e8 - mean) < 1e-4)
    #expect(abs((s.standardDeviation ?? 0) / variance.squareRoot() - 1) < 1e-4)
  }

  @Test func everyTypeOfTheFixtureAgreesWithItsValues() throws {
    let archive = try SafetensorsArchive(path: Fixture.path("safetensors/dtypes.safetensors"))
    var types: Set<DType> = []
    for info in archive.tensors where info.count > 0 {
      let values = try archive.withBytes(of: info.name) { try numbers($0, info.dtype) }
      let finite = values.filter(\.isFinite)
      let s = try TensorStatistics(info, in: archive)
      #expect(s.count == info.count && s.nans == values.count(where: \.isNaN), "\(info)")
      #expect(s.minimum == finite.min() && s.maximum == finite.max(), "\(info)")
      #expect(s.zeros == values.count { $0 == 0 }, "\(info)")
      types.insert(info.dtype)
    }
    #expect(types.count >= 12)
  }

  @Test func zerosAndConstantsAreSeen() {
    #expect(statistics([0, -0, 0] as [Float], .f32).isAllZero)
    #expect(statistics([7, 7] as [Int32], .i32).isConstant)
    #expect(!statistics([7] as [Int32], .i32).isConstant)
    let empty = statistics([] as [Float], .f32)
    #expect(!empty.isAllZero && empty.mean == nil && empty.minimum == nil)
    #expect(statistics([Float.nan, .nan], .f32).mean == nil)
  }
}
