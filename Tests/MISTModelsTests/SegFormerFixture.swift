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
  /// Whether there are such files.
  var hasConfig = true
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

  /// The weights of `hub` under the names of other projects; mmsegmentation's decode head is one of its own.
  static let nvlabs = other("nvlabs", "nvlabs-segformer", prefix: "backbone.")
  static let mmseg = other("mmseg", "mmseg-segformer", prefix: "backbone.")
  /// NVlabs' encoder with a decode head of segmentation_models_pytorch's names.
  static let smp = SegFormerFixture(
    folder: "../segformer-smp", convention: "smp-segformer", prefix: "encoder.", hasDecodeHead: true,
    hasGraph: false, heads: [1, 2, 3, 4], hasConfig: false)
  /// The weights of `encoder` in the same way.
  static let nvlabsImageNet = other("nvlabs-imagenet", "nvlabs-segformer", heads: [1, 2, 5, 4])
  static let mmsegImageNet = other("mmseg-imagenet", "mmseg-segformer", heads: [1, 2, 5, 4])
  static let others = [nvlabs, mmseg, nvlabsImageNet, mmsegImageNet]
  /// As `small`.
  static let smallNVlabs = small("valid-nvlabs", "nvlabs-segformer")
  static let smallMMSeg = small("valid-mmseg", "mmseg-segformer")

  private static func other(
    _ folder: String, _ convention: String, prefix: String = "", heads: [Int] = [1, 2, 4, 3]
  ) -> SegFormerFixture {
    SegFormerFixture(
      folder: "../segformer-mmseg/" + folder, convention: convention, prefix: prefix,
      hasDecodeHead: !prefix.isEmpty, hasGraph: false, heads: heads, hasConfig: false)
  }

  private static func small(_ folder: String, _ convention: String) -> SegFormerFixture {
    SegFormerFixture(
      folder: "../malformed/naming-conventions/" + folder, convention: convention, prefix: "backbone.",
      hasDecodeHead: true, hasGraph: false, heads: [1, 2])
  }

  func archive() throws -> EditedArchive {
    EditedArchive(try SafetensorsArchive(path: path + "/model.safetensors"))
  }

  /// Options for its tensors without the files beside them: these widths are no published model's.
  var bare: ConversionOptions {
    var options = ConversionOptions()
    options.heads = heads
    return options
  }

  /// What its folder needs to be converted.
  var options: ConversionOptions { hasConfig ? .init() : bare }

  /// The error that planning a conversion of `archive` throws.
  func planError(_ archive: some TensorArchive) -> MISTError? {
    #expect(throws: MISTError.self) { _ = try Conversion(ModelSource(archive: archive), options: bare) }
  }
}
