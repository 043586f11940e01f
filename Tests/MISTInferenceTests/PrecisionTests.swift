import MISTBackbone
import MISTFormats
import MISTInference
import MISTModels
import MISTVision
import Synchronization
import TestSupport
import Testing

/// What a request for a precision comes to.
@Suite struct PrecisionTests {
  private static let outputs = [BackboneOutput.gather(1), .gather(2)]
  private static let images = 3
  private static var inputs: MeasuredInputs {
    MeasuredInputs(count: images) { number in (0..<48).map { Float(($0 * 7 + number) % 11) - 5.5 } }
  }

  private func decision(
    _ request: PrecisionRequest, _ models: DrawnModels, on inputs: MeasuredInputs = inputs,
    begun: Precision? = nil
  ) throws -> PrecisionDecision {
    try PrecisionDecision(request, models, outputs: Self.outputs, on: inputs, begun: begun)
  }

  @Test(arguments: [PrecisionRequest.f32, .bf16, .int8])
  func whatTheProcessorRunsIsDone(_ request: PrecisionRequest) throws {
    let models = DrawnModels([.int8, .bf16, .f32])
    let decision = try decision(request, models)
    #expect(decision.precision.rawValue == request.rawValue)
    #expect(decision.note == nil && decision.choice == nil)
    #expect(models.opened.withLock { $0.isEmpty }, "nothing is measured")
  }

  @Test(arguments: [PrecisionRequest.bf16, .int8])
  func withoutInstructionsItFallsBackAndSaysSo(_ request: PrecisionRequest) throws {
    let decision = try decision(request, DrawnModels([.f32]))
    #expect(decision.precision == .f32 && decision.choice == nil)
    #expect(decision.note?.contains("products in \(request.rawValue) do not run natively") == true)
  }

  @Test func autoOpensNothingWhereThereIsNothingToChoose() throws {
    let models = DrawnModels([.f32])
    let decision = try decision(.auto, models)
    #expect(decision.precision == .f32 && decision.choice == nil && decision.note != nil)
    #expect(models.opened.withLock { $0.isEmpty })
  }

  @Test(
    arguments: [
      (0.01, 0.001, Precision.int8, [Precision.f32, .int8]),
      (2, 0.01, .bf16, [.f32, .int8, .bf16]), (2, 2, .f32, [.f32, .int8, .bf16]),
      (.nan, 0.01, .bf16, [.f32, .int8, .bf16]), (nil, 0.01, .bf16, [.f32, .int8, .bf16]),
      (nil, nil, .f32, [.f32, .int8, .bf16]),
    ] as [(Float?, Float?, Precision, [Precision])])
  func autoTakesTheFastestWithinTheBound(
    _ int8: Float?, _ bf16: Float?, _ wanted: Precision, _ opened: [Precision]
  ) throws {
    let models = DrawnModels([.int8, .bf16, .f32], errors: [.int8: int8, .bf16: bf16])
    let decision = try decision(.auto, models)
    #expect(decision.precision == wanted)
    #expect(models.opened.withLock { $0 } == opened)
    #expect(models.mostAlive == 1, "one model is in memory at a time")
    let choice = try #require(decision.choice)
    #expect(choice.images == Self.images && choice.bound == .bound && choice.precision == wanted)
    #expect(choice.trials.map(\.precision) == Array(opened.dropFirst()))
    #expect(choice.trials.map(\.isWithinBound) == choice.trials.map { $0.precision == wanted })
    let note = try #require(decision.note)
    #expect(note.hasPrefix("precision \(wanted.rawValue)") && !note.contains("\n"))
    #expect(note.contains("wanted are cosines of 0.99 at worst and 0.999 in the median, an error of 10.0 %"))
    #expect(choice.trials.allSatisfy { note.contains($0.precision.rawValue) })
  }

  /// The figures are those of the definition, over rows of the model's channels.
  @Test func errorsAreMeasuredPerToken() throws {
    let models = DrawnModels([.bf16, .f32], errors: [.bf16: 0.25])
    let error = try #require(try decision(.auto, models).choice?.trials.first?.error)
    var (cosines, difference, squares): ([Double], Double, Double) = ([], 0, 0)
    for image in 0..<Self.images {
      for row in 0..<12 {
        let x = (0..<4).map { Double(((row * 4 + $0) * 7 + image) % 11) - 5.5 }
        let y = x.indices.map { x[$0] + ($0 % 2 == 0 ? 0.25 : 0) }
        func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        cosines.append(dot(x, y) / (dot(x, x) * dot(y, y)).squareRoot())
        difference += 2 * 0.0625
        squares += dot(x, x)
      }
    }
    cosines = (cosines + cosines).sorted()
    #expect(abs(error.worstCosine - cosines[0]) < 1e-9)
    #expect(abs(error.medianCosine - cosines[cosines.count / 2]) < 1e-9)
    #expect(abs(error.relativeError - (difference / squares).squareRoot()) < 1e-9)
  }

  @Test func aLargeErrorOfLengthAloneIsRefused() {
    let error = PrecisionError(worstCosine: 1, medianCosine: 1, relativeError: 0.2)
    #expect(!error.isWithin(.bound) && PrecisionError.bound.isWithin(.bound))
  }

  @Test func withoutAnImageThatCanBeReadItIsF32() throws {
    let models = DrawnModels([.bf16, .f32])
    let decision = try decision(.auto, models, on: MeasuredInputs(count: 2) { _ in nil })
    #expect(decision.precision == .f32 && decision.choice?.images == 0)
    #expect(decision.note?.contains("no image") == true)
  }

  @Test func whatWasBegunIsNotMeasuredAgain() throws {
    let models = DrawnModels([.int8, .bf16, .f32])
    let decision = try decision(.auto, models, begun: .bf16)
    #expect(decision.precision == .bf16 && decision.choice == nil && decision.note != nil)
    #expect(models.opened.withLock { $0.isEmpty })
    // What is named is what is wanted: the extraction refuses to go on in another.
    #expect(try self.decision(.int8, models, begun: .bf16).precision == .int8)
  }

  /// Of 100 files eight, evenly; what cannot be read is passed over, what fails otherwise is not.
  @Test func filesAreSpreadEvenly() throws {
    let preprocessing = Preprocessing(
      resize: .exact(height: 4, width: 4), crop: nil, interpolation: .bilinear, mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5])
    let file = try MappedFile.contents(of: Fixture.path("images/chelsea.jpg"))
    let read = Mutex<[Int]>([])
    let inputs = MeasuredInputs(of: 100, try Preprocessor(preprocessing), DrawnBackbone.size) { number in
      read.withLock { $0.append(number) }
      return number == 31 ? Array(file.prefix(100)) : file
    }
    let models = DrawnModels([.bf16, .f32])
    #expect(try decision(.auto, models, on: inputs).choice?.images == 7)
    #expect(read.withLock { $0.prefix(8) } == [6, 18, 31, 43, 56, 68, 81, 93])
    let failing = MeasuredInputs(of: 2, try Preprocessor(preprocessing), DrawnBackbone.size) { _ in
      throw MISTError(.bug, "no")
    }
    #expect(throws: MISTError.self) { try decision(.auto, models, on: failing) }
  }

  @Test func aHeadOfOtherFeaturesIsSaidAndNotRefused() {
    #expect(Precision.bf16.note(trained: .f32)?.contains("computed in f32") == true)
    #expect(Precision.bf16.note(trained: .bf16) == nil)
  }
}
