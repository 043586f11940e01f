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

  /// A model whose two products read the pixels, and their negatives twice over.
  private struct Watched: ActivationSource {
    func observe(
      _ pixels: UnsafeBufferPointer<Float>, _ body: (String, UnsafeBufferPointer<Float>, Int) -> Void
    ) throws {
      body("first.weight", pixels, 4)
      let doubled = pixels.map { -2 * $0 }
      doubled.withUnsafeBufferPointer { body("second.weight", $0, 16) }
    }
  }

  @Test func statisticsAreTheGreatestMagnitudesOfEachChannel() throws {
    let calibration = try inputs()
    let statistics = try ActivationStatistics(of: Watched(), on: calibration)
    var first = [Float](repeating: 0, count: 4)
    var second = [Float](repeating: 0, count: 16)
    let folder = try CalibrationFolder(Fixture.path("images"))
    #expect(folder.files.count > 1)
    var exact = Self.preprocessing
    exact.resize = .exact(height: 4, width: 4)
    for number in folder.files.indices {
      let image = try Preprocessor(exact).decode(bytes: folder.image(number)).image
      for (place, value) in try Preprocessor(exact).apply(image).values.enumerated() {
        first[place % 4] = max(first[place % 4], abs(value))
        second[place % 16] = max(second[place % 16], abs(2 * value))
      }
    }
    #expect(statistics.magnitudes == ["first.weight": first, "second.weight": second])
  }

  @Test func anImageThatCannotBeReadIsNamed() throws {
    let folder = try CalibrationFolder(Fixture.path("vision/broken"))
    let calibration = try CalibratedInputs(folder, Self.preprocessing, DrawnBackbone.size)
    let error = #expect(throws: MISTError.self) {
      try ActivationStatistics(of: Watched(), on: calibration)
    }
    #expect(error?.file?.contains("vision/broken/") == true)
  }
}
