import Foundation
import MISTFeatures
import MISTFormats
import MISTModels
import MISTTuning

/// What `mist inspect` finds out, for machines and for people.
struct InspectReport: Encodable {
  struct Tensor: Encodable {
    let name: String
    let dtype: String
    let shape: [Int]
    let bytes: Int
  }

  /// A model that was recognised, or why none was.
  struct Model: Encodable {
    var convention: String?
    var prefix: String?
    var reason: String?
    var configuration: ModelConfiguration?
    var preprocessing: Preprocessing?
    var classes: [String]?
    var assumptions: [String]?
    var leftOut: [String]?
    /// Why it cannot be converted as it is.
    var problem: String?
  }

  let file: String
  let format: String
  /// `checkpoint`, `canonical-checkpoint`, or what the file's metadata calls itself.
  let kind: String
  let metadata: [String: String]
  let tensors: [Tensor]
  let parameters: Int
  let bytes: Int
  let model: Model?
  /// Set where a checkpoint follows a known convention and breaks it.
  let damage: MISTError?

  private enum CodingKeys: CodingKey { case file, format, kind, metadata, tensors, parameters, bytes, model }

  /// Opens the file at `path`, or the one that a folder holds; a feature store is checked against its manifest, and with
  /// `verify` against its hashes.
  /// Throws what opening throws; a model that is not recognised is a finding, not an error.
  init(path: String, verify: Bool) throws {
    if Self.isStore(path) {
      let store = try FeatureStore(path: path)
      if verify { try store.verify() }
      try self.init(store: store)
    } else {
      try self.init(file: try ModelSource.modelFile(path))
    }
  }

  /// A feature store is described by its first shard.
  private init(store: FeatureStore) throws {
    let shards = store.manifest.splits.flatMap(\.shards).map { store.path + "/" + $0.file }
    guard let first = shards.first else {
      throw MISTError(.convertNoModel, file: store.path, "the feature store has no shards")
    }
    try self.init(file: first)
  }

  private init(file: String) throws {
    let archive = try openArchive(file)
    self.file = file
    format = archive.format
    metadata = archive.metadata
    tensors = archive.tensors.map {
      Tensor(name: $0.name, dtype: $0.dtype.rawValue, shape: $0.shape, bytes: $0.byteCount)
    }
    parameters = archive.tensors.reduce(0) { $0 + $1.count }
    bytes = archive.tensors.reduce(0) { $0 + $1.byteCount }
    if CanonicalMetadata.claims(metadata) {
      let checkpoint = try CanonicalCheckpoint.open(file)
      kind = "canonical-checkpoint"
      model = Model(
        convention: checkpoint.provenance.convention, configuration: checkpoint.configuration,
        preprocessing: checkpoint.preprocessing, classes: checkpoint.classNames)
      damage = nil
    } else if Head.isHead(metadata) {
      kind = Head.formatName
      _ = try AnyHead.read(file)
      model = nil
      damage = nil
    } else if let own = metadata["mist.format"] {
      kind = own
      model = nil
      damage = nil
    } else {
      kind = "checkpoint"
      (model, damage) = try Self.recognise(file)
    }
  }

  /// What the file would be converted to. That it is no model, or says too little about itself, is a finding.
  private static func recognise(_ file: String) throws -> (Model, MISTError?) {
    do {
      let plan = try Conversion(ModelSource(path: file)).plan
      return (
        Model(
          convention: plan.convention, prefix: plan.prefix, reason: plan.reason,
          configuration: plan.configuration,
          preprocessing: plan.preprocessing, classes: plan.classNames, assumptions: plan.assumptions,
          leftOut: plan.ignored.map(\.tensor.name)), nil
      )
    } catch let error as MISTError {
      let findings: [ErrorCode] = [
        .convertUnknownConvention, .convertUnknownHeads, .convertUnknownStrides, .convertUnsupportedModel,
        .convertUnsupportedPreprocessing,
      ]
      return (Model(problem: "\(error)"), findings.contains(error.code) ? nil : error)
    }
  }

  /// Whether `path` is a feature store's folder, complete or not.
  private static func isStore(_ path: String) -> Bool {
    guard !FeatureStore.exists(at: path) else { return true }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.contains { $0.contains(/-\d{5}-of-\d{5}\.safetensors$/) && !$0.hasPrefix("model-") }
  }

  func print() {
    var table = Table([("TENSOR", .left), ("DTYPE", .left), ("SHAPE", .left), ("SIZE", .right)])
    for tensor in tensors {
      table.add([tensor.name, tensor.dtype, Format.shape(tensor.shape), Format.bytes(tensor.bytes)])
    }
    table.print()
    Console.line()
    Console.line(
      "\(file): \(format), \(kind), \(tensors.count) tensors, \(parameters) values, \(Format.bytes(bytes))")
    if let model { print(model) }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      let text = value.unicodeScalars.map { $0.value < 0x20 ? " " : String($0) }.joined()
      Console.line("metadata       \(key) = \(text.count > 200 ? text.prefix(200) + "…" : text[...])")
    }
  }

  private func print(_ model: Model) {
    if let problem = model.problem { return Console.line("model          not recognised: \(problem)") }
    if let convention = model.convention {
      let below = model.prefix.map { $0.isEmpty ? "" : " below '\($0)'" } ?? ""
      Console.line("convention     \(convention)\(below)" + (model.reason.map { ", \($0)" } ?? ""))
    }
    if let configuration = model.configuration {
      ModelText.print(configuration)
    }
    if let preprocessing = model.preprocessing {
      Console.line("preprocessing  \(ModelText.describe(preprocessing))")
    }
    if let names = model.classes { Console.line("classes        \(ModelText.classes(names))") }
    for assumption in model.assumptions ?? [] { Console.line("assumed        \(assumption)") }
  }
}
