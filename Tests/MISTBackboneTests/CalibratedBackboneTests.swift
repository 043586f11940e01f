import MISTEdge
import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTBackbone

/// Models whose products in int8 are prepared by inputs.
@Suite struct CalibratedBackboneTests {
  private func inputs(_ golden: GoldenFile) throws -> CalibrationInputs {
    let all = try golden.floats("input")
    let size = all.count / golden.batch
    return CalibrationInputs(count: golden.batch) { Array(all[$0 * size..<($0 + 1) * size]) }
  }

  private func features(_ backbone: TransformerBackbone, _ golden: GoldenFile) throws -> [Float] {
    let worker = try backbone.makeWorker([.gather(3)])
    var values: [Float] = []
    try inputs(golden).pixels(0).withUnsafeBufferPointer { try worker.forward($0) { values = Array($1) } }
    return values
  }

  @Test(arguments: BackboneTests.folders)
  func everyBlockIsNearAndItIsAnotherModel(_ folder: String) throws {
    let model = try FixtureModel.named(folder)
    let golden = try model.golden()
    let inputs = try inputs(golden)
    let result = try model.verify(golden, .automatic, .int8, calibration: inputs)
    #expect(result.passed, "\(result.firstDivergent.debugDescription)")
    let size = (golden.height, golden.width)
    let plain = try model.backbone(imageSize: size, backend: .automatic, precision: .int8)
    let (first, second) = try (0..<2).map { _ in
      try features(
        model.backbone(imageSize: size, backend: .automatic, precision: .int8, calibration: inputs), golden)
    }.pair
    #expect(try first == second && first != features(plain, golden))
  }

  @Test func theFirstMLPIsFiner() throws {
    let model = try FixtureModel.named(BackboneTests.folders[0])
    let blocks = try model.backbone(backend: .automatic, precision: .int8).blocks
    #expect(blocks[0].products.map(\.element) == [.int8, .int8, .bf16, .bf16])
    #expect(blocks[1].products.allSatisfy { $0.element == .int8 })
  }

  @Test func errorsOfInputsAreThrown() throws {
    let model = try FixtureModel.named(BackboneTests.folders[0])
    let broken = CalibrationInputs(count: 1) { _ in throw MISTError(.usage, "broken") }
    let error = #expect(throws: MISTError.self) {
      try model.backbone(backend: .automatic, precision: .int8, calibration: broken)
    }
    #expect(error?.problem == "broken")
  }

  @Test func onlyTransformersTakeOne() throws {
    #expect(ViTBackbone.takesCalibration && DINOv3Backbone.takesCalibration)
    #expect(!SegFormerBackbone.takesCalibration)
  }
}

extension [[Float]] {
  fileprivate var pair: ([Float], [Float]) { (self[0], self[1]) }
}
