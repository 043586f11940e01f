import MISTFormats
import MISTModels
import TestSupport
import Testing

/// The models of `Fixtures/segformer`, written by transformers.
struct SegFormerFixture: Sendable, CustomTestStringConvertible {
  let folder: String
  let convention: String
  let prefix: String
  let hasDecodeHead: Bool
  let hasGraph: Bool
  var testDescription: String { folder }

  var path: String { Fixture.path("segformer/\(folder)") }

  static let hub = SegFormerFixture(
    folder: "hf-segformer-hub", convention: "huggingface-segformer", prefix: "segformer.",
    hasDecodeHead: true,
    hasGraph: true)
  static let modules = SegFormerFixture(
    folder: "hf-segformer-v5", convention: "huggingface-segformer-5", prefix: "segformer.",
    hasDecodeHead: true,
    hasGraph: false)
  static let encoder = SegFormerFixture(
    folder: "hf-segformer-encoder", convention: "huggingface-segformer", prefix: "", hasDecodeHead: false,
    hasGraph: true)
  static let classifier = SegFormerFixture(
    folder: "hf-segformer-classifier", convention: "huggingface-segformer", prefix: "segformer.",
    hasDecodeHead: false, hasGraph: false)
  static let all = [hub, modules, encoder, classifier]

  func archive() throws -> EditedArchive {
    EditedArchive(try SafetensorsArchive(path: path + "/model.safetensors"))
  }

  /// Options for its tensors without the files beside them: these widths are no published model's.
  var bare: ConversionOptions {
    var options = ConversionOptions()
    options.heads = hasDecodeHead ? [1, 2, 4, 3] : [1, 2, 5, 4]
    return options
  }

  /// The error that planning a conversion of `archive` throws.
  func planError(_ archive: some TensorArchive) -> MISTError? {
    #expect(throws: MISTError.self) { _ = try Conversion(ModelSource(archive: archive), options: bare) }
  }
}
