import Foundation
import MISTFormats

/// What a file under a foreign convention's names cannot say, carried along in its metadata under `mist.model`
/// (`Formats/foreign-checkpoint.md`), so that converting back gives the same bytes. Other projects ignore it.
struct CarriedModel: Codable, Hashable {
  static let key = "mist.model"
  /// What an `.npz` file's comment begins with, whose rest is the JSON text.
  static let commentMark = "mist.model "
  /// Format version that this code writes, and the only one it reads.
  static let version = 1
  /// Largest size of the JSON text in bytes.
  static let limit = 1 << 20

  var version = Self.version
  var architecture: ArchitectureID
  var configuration: ModelConfiguration
  var preprocessing: Preprocessing
  var provenance: Provenance
  var classes: [String]?
  /// Element types of canonical tensors that the convention leaves out because they are zeros, where they are not F32.
  var types: [String: DType]?
}

extension CarriedModel {
  /// What `plan`'s model carries into a file that has no tensors for `absent`.
  init(_ plan: ConversionPlan, absent: [TensorInfo]) {
    let types = absent.filter { $0.dtype != .f32 }.map { ($0.name, $0.dtype) }
    self.init(
      architecture: ArchitectureID(plan.configuration.architecture), configuration: plan.configuration,
      preprocessing: plan.preprocessing, provenance: plan.provenance, classes: plan.classNames,
      types: types.isEmpty ? nil : Dictionary(types, uniquingKeysWith: { first, _ in first }))
  }

  /// One line of JSON with sorted keys. Throws `convert.unsupported-model` when it is larger than readers allow.
  func encoded(file: String) throws -> String {
    let text = try CanonicalMetadata.json(self)
    guard text.utf8.count <= Self.limit else {
      throw MISTError(
        .convertUnsupportedModel, file: file,
        "its description has \(text.utf8.count) bytes, more than the \(Self.limit) that a file may carry")
    }
    return text
  }

  /// What the metadata of `file` carries, or nil. Throws `convert.bad-model-metadata`.
  static func read(_ metadata: [String: String], file: String) throws -> CarriedModel? {
    guard let text = metadata[key] ?? comment(metadata) else { return nil }
    func bad(_ problem: String) -> MISTError {
      MISTError(
        .convertBadModelMetadata, file: file, at: key, problem,
        advice: "write the file again with `mist convert`, or remove this metadata")
    }
    guard text.utf8.count <= limit else {
      throw bad("it has \(text.utf8.count) bytes, more than the limit of \(limit)")
    }
    struct Versioned: Decodable { let version: Int }
    let model: CarriedModel
    do {
      let found = try JSONInput.decode(Versioned.self, from: Data(text.utf8)).version
      guard found == Self.version else { throw bad("expected version \(Self.version), found \(found)") }
      model = try JSONInput.decode(Self.self, from: Data(text.utf8))
    } catch let error as DecodingError {
      throw bad(CanonicalMetadata.explain(error))
    }
    guard model.configuration.architecture.id == model.architecture.id else {
      throw bad("the configuration is not a \(model.architecture.id)'s")
    }
    if let flaw = model.configuration.flaw ?? model.preprocessing.flaw { throw bad(flaw) }
    if let flaw = CanonicalMetadata.flaw(model.classes, model.configuration) { throw bad(flaw) }
    for (name, type) in model.types ?? [:] where ![.f32, .f16, .bf16].contains(type) {
      throw bad("the type of \(quoted(name)) is \(type.rawValue), and F32, F16 or BF16 is expected")
    }
    return model
  }
}

extension CarriedModel {
  private static func comment(_ metadata: [String: String]) -> String? {
    guard let comment = metadata["comment"], comment.hasPrefix(commentMark) else { return nil }
    return String(comment.dropFirst(commentMark.count))
  }
}

extension ErrorCode {
  /// What a file carries about its model under `mist.model` is not what `mist` writes there.
  package static let convertBadModelMetadata = ErrorCode("convert.bad-model-metadata")
}
