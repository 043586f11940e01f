import MISTFormats
import MISTLimits
import MISTModels
import Testing

@testable import MISTBackbone

/// What is measured is what it says; how long it takes is nobody's to test.
@Suite struct MeasurementTests {
  static let limits = [MIST_LIMIT_F32, MIST_LIMIT_BF16, MIST_LIMIT_INT8]

  /// Every factor is 1, so the sums count the multiply-adds.
  @Test(arguments: limits, [0, 1, 7, 1000])
  func aLoopDoesTheMultiplyAddsItSays(_ limit: mist_limit, steps: Int) {
    let step = mist_limit_step(limit)
    #expect((mist_limit_instruction(limit) == nil) == (step == 0))
    #expect(mist_limit_run(limit, steps) == Double(steps * step))
  }

  @Test(arguments: [0, 1, 8, 1003]) func everyNumberIsRead(_ count: Int) {
    let numbers = (0..<count).map { UInt64($0) &* 0x9E37_79B9_7F4A_7C15 }
    #expect(mist_limit_read(numbers, count) == numbers.reduce(0, &+))
  }

  @Test func everyPrecisionIsNamed() throws {
    for precision in Precision.allCases {
      #expect(!PeakLoop.wanted(precision).isEmpty)
      guard let loop = PeakLoop(precision) else { continue }
      #expect(loop.instruction.contains(PeakLoop.wanted(precision)))
      #expect(try loop.gigaflops(threads: 2, seconds: 0) > 0)
    }
  }

  /// The parts make up the whole.
  @Test(arguments: ["timm-vit", "timm-swiglu", "hf-dinov2-registers"]) func partsOfTokens(_ folder: String)
    throws
  {
    let backbone = try FixtureModel.named(folder).backbone(backend: .packed)
    for depth in 0...2 {
      try expectWhole(backbone, depth)
    }
    #expect(backbone.work(of: backbone.parts.count, depth: 2).multiplyAdds == 0)
  }

  @Test func partsOfMaps() throws {
    let backbone = try SegFormerFixture().backbone((64, 96), backend: .packed)
    for depth in [0, 1, backbone.loadedDepth] { try expectWhole(backbone, depth) }
    // A strip more has the same weights.
    let larger = try SegFormerFixture().backbone((256, 256), backend: .packed)
    let weights = [backbone, larger].map { model in
      model.parts.indices.map { model.work(of: $0, depth: model.loadedDepth).weights }
    }
    #expect(weights[0] == weights[1])
  }

  private func expectWhole(_ backbone: any Backbone, _ depth: Int) throws {
    let work = backbone.parts.indices.map { backbone.work(of: $0, depth: depth) }
    #expect(work.reduce(0) { $0 + $1.multiplyAdds } == backbone.multiplyAdds(depth: depth))
    let alone = try work.map { try ProductRunner($0.products, kernels: backbone.kernels) }
    #expect(
      alone.reduce(0) { $0 + $1.multiplyAdds } == (try backbone.productRunner(depth: depth).multiplyAdds))
  }
}
