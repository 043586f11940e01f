import MISTBackbone
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTInference
import MISTModels
import MISTVision
import Synchronization
import TestSupport
import Testing

/// What int8 products are prepared by.
@Suite struct CalibrationTests {
  private static let preprocessing = Preprocessing(
    resize: .shortestEdge(8), crop: nil, interpolation: .bilinear, mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5])

  private func inputs() throws -> CalibratedInputs {
    try CalibratedInputs(
      CalibrationFolder(Fixture.path("images")), Self.preprocessing, DrawnBackbone.size)
  }

  private func decision(_ request: PrecisionRequest, _ models: DrawnModels) throws -> PrecisionDecision {
    try PrecisionDecision(
      request, models, outputs: [.gather(1)], on: MeasuredInputs(count: 0) { _ in nil },
      calibration: inputs())
  }

  @Test func itGoesWithInt8() throws {
    let decision = try decision(.int8, DrawnModels([.int8, .f32]))
    #expect(decision.precision == .int8 && decision.note == nil)
    #expect(decision.calibration?.record == (try inputs().record))
  }

  @Test func aModelThatTakesNoneIsRefusedBeforeItIsOpened() {
    let models = DrawnModels([.int8, .f32], takesCalibration: false)
    let error = #expect(throws: MISTError.self) { try decision(.int8, models) }
    #expect(error?.code == .backbonePrecision && models.opened.withLock(\.isEmpty))
  }

  @Test func whereInt8FallsBackItIsNotUsedAndThatIsSaid() throws {
    let decision = try decision(.int8, DrawnModels([.bf16, .f32]))
    #expect(decision.precision == .f32 && decision.calibration == nil)
    #expect(decision.note?.contains("not calibrated") == true)
  }

  @Test(arguments: [PrecisionRequest.f32, .bf16, .auto])
  func anotherPrecisionIsRefusedIt(_ request: PrecisionRequest) throws {
    let error = #expect(throws: MISTError.self) { try decision(request, DrawnModels([.int8, .bf16, .f32])) }
    #expect(error?.code == .usage)
  }

  @Test func anImageThatCannotBeReadIsNamed() throws {
    let folder = try CalibrationFolder(Fixture.path("vision/broken"))
    let calibration = try CalibratedInputs(folder, Self.preprocessing, DrawnBackbone.size)
    let error = #expect(throws: MISTError.self) {
      for number in folder.files.indices { _ = try calibration.inputs.pixels(number) }
    }
    #expect(error?.file?.contains("vision/broken/") == true)
  }
}
