import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTBackbone

/// Products of narrow elements against PyTorch in f32, block by block.
@Suite("Forward pass in bf16 and int8")
struct PrecisionTests {
  static let narrow: [Precision] = [.bf16, .int8]

  @Test(arguments: BackboneTests.folders, narrow)
  func everyBlockOfAVisionTransformer(_ folder: String, _ precision: Precision) throws {
    let model = try FixtureModel.named(folder)
    let result = try model.verify(try model.golden(), .automatic, precision)
    #expect(result.comparisons.count == 8)
    #expect(result.passed, "\(result.firstDivergent.debugDescription)")
    try differs(result)
  }

  @Test(arguments: DINOv3Tests.folders, narrow)
  func everyBlockOfADINOv3(_ folder: String, _ precision: Precision) throws {
    try DINOv3Tests.checkpoint(folder) { checkpoint, source in
      let result = try Verification(
        checkpoint: checkpoint, golden: GoldenFile(path: source + "/golden.safetensors"),
        tolerance: PrecisionTolerance.of(precision), precision: precision)
      #expect(result.passed, "\(result.firstDivergent.debugDescription)")
      try differs(result)
    }
  }

  @Test(arguments: SegFormerTests.goldens, narrow)
  func everyBlockOfASegFormer(_ name: String, _ precision: Precision) throws {
    let model = try SegFormerFixture()
    let result = try SegFormerTests.verify(model, SegFormerFixture.golden(name), .automatic, precision)
    #expect(result.passed, "\(result.firstDivergent.debugDescription)")
    try differs(result)
  }

  /// Were the products those of f32, the error would be too small.
  private func differs(_ result: Verification) throws {
    let last = try #require(result.comparisons.last)
    #expect(last.relativeError > 1e-4)
  }
}
