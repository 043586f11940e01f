import MISTBackbone
import MISTEdge
import MISTFormats
import MISTInference
import MISTModels
import MISTVision
import TestSupport
import Testing

/// Choosing a precision with small models of every kind of output: those of other precisions have rounded weights here.
@Suite struct RoundedModelTests {
  /// bf16 is a model with weights of that type, int8 another model.
  private struct Rounded: PrecisionFamily {
    let files: [Precision: CanonicalCheckpoint]
    let size: MapSize
    let outputs: [BackboneOutput]
    let native: [Precision] = [.int8, .bf16, .f32]
    let takesCalibration = false

    func open(_ precision: Precision, _ calibration: CalibratedInputs?) throws -> any Backbone {
      guard let file = files[precision] else { throw MISTError(.backbonePrecision, "none") }
      return try Backbones.open(file, imageSize: size, outputs: outputs)
    }
  }

  private func convert(_ fixture: String, to path: String, _ dtype: DType?) throws -> CanonicalCheckpoint {
    var options = ConversionOptions()
    options.dtype = dtype
    try Conversion(ModelSource(path: Fixture.path(fixture)), options: options).run(to: path)
    return try CanonicalCheckpoint.open(path)
  }

  @Test(arguments: [
    ("vit/hf-vit-classifier", [BackboneOutput.gather(2), .layer(1), .final(), .finalTokens, .logits]),
    ("segformer/hf-segformer-hub", [.gather(2, level: 1), .gather(2, level: 2), .final(level: 4), .logits]),
    ("segformer/hf-segformer-classifier", [.layer(2), .logits]),
  ])
  func everyOutputIsCompared(_ fixture: String, _ outputs: [BackboneOutput]) throws {
    try Fixture.withTemporaryFolder { folder in
      let exact = try convert(fixture, to: folder + "/f32.safetensors", nil)
      let rounded = try convert(fixture, to: folder + "/bf16.safetensors", .bf16)
      let size = MapSize(height: 64, width: 64)
      var preprocessing = exact.preprocessing
      (preprocessing.resize, preprocessing.crop) = (.exact(height: 64, width: 64), nil)
      let files = try ["chelsea", "coffee", "rocket"].map {
        try MappedFile.contents(of: Fixture.path("images/\($0).jpg"))
      }
      let inputs = MeasuredInputs(of: files.count, try Preprocessor(preprocessing), size) { files[$0] }
      let family = Rounded(files: [.f32: exact, .bf16: rounded], size: size, outputs: outputs)
      let decision = try PrecisionDecision(.auto, family, outputs: outputs, on: inputs)
      let choice = try #require(decision.choice)
      #expect(choice.images == 3 && choice.trials.map(\.precision) == [.int8, .bf16])
      #expect(choice.trials[0].error == nil, "the model has no such products")
      let error = try #require(choice.trials[1].error)
      #expect(error.worstCosine < 1 && error.worstCosine > 0.99, "\(error)")
      #expect(error.relativeError > 1e-4 && error.relativeError < 0.1, "\(error)")
      #expect(decision.precision == .bf16)
    }
  }
}
