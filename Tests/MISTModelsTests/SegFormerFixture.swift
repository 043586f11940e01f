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
  /// Heads by stage, which nothing but the files beside the tensors says.
  var heads = [1, 2, 4, 3]
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
    hasGraph: true, heads: [1, 2, 5, 4])
  static let classifier = SegFormerFixture(
    folder: "hf-segformer-classifier", convention: "huggingface-segformer", prefix: "segformer.",
    hasDecodeHead: false, hasGraph: false, heads: [1, 2, 5, 4])
  /// Two stages under released names, small enough to be damaged in every way.
  static let small = SegFormerFixture(
    folder: "../malformed/naming-conventions/valid-segformer", convention: "huggingface-segformer",
    prefix: "segformer.", hasDecodeHead: true, hasGraph: false, heads: [1, 2])
  static let all = [hub, modules, encoder, classifier]

  func archive() throws -> EditedArchive {
    EditedArchive(try SafetensorsArchive(path: path + "/model.safetensors"))
  }

  /// Options for its tensors without the files beside them: these widths are no published model's.
  var bare: ConversionOptions {
    var options = ConversionOptions()
    options.heads = heads
    return options
  }

  /// The error that planning a conversion of `archive` throws.
  func planError(_ archive: some TensorArchive) -> MISTError? {
    #expect(throws: MISTError.self) { _ = try Conversion(ModelSource(archive: archive), options: bare) }
  }
}
