import Foundation
import MISTBackbone
import MISTBundle
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTInference
import MISTModels
import MISTTuning

/// Anything that holds tensors, opened for looking at: a checkpoint of whatever format, a head, a bundle, or a feature store with
/// all its shards.
struct InspectedFile {
  enum Kind {
    case checkpoint
    case canonical(CanonicalCheckpoint)
    case head(Head)
    case bundle(BundleReport)
    case store(StoreReport)
    case prepacked(PrepackedFile)
    /// Another file of the suite's, by what its metadata calls itself.
    case other(String)

    var name: String {
      switch self {
      case .checkpoint: "checkpoint"
      case .canonical: "canonical-checkpoint"
      case .head: Head.formatName
      case .bundle: "edge-bundle"
      case .store: "feature-store"
      case .prepacked: "prepacked-weights"
      case .other(let name): name
      }
    }
  }

  let archive: any TensorArchive
  let kind: Kind

  /// Opens the file at `path`, or the one that a folder holds; a feature store is checked against its manifest. `verify` reads all
  /// values of a store and of a converted model.
  /// Throws what opening throws.
  init(path: String, verify: Bool = false) throws {
    if Self.isStore(path) {
      let store = try FeatureStore(path: path)
      if verify { try store.verify() }
      archive = try ShardArchive(store)
      kind = .store(StoreReport(store))
      return
    }
    let file = try ModelSource.modelFile(path)
    if Self.isBundle(file) {
      let opened = try BundleFile(file)
      archive = BundleArchive(opened.bundle, path: file)
      kind = .bundle(BundleReport(opened.bundle))
      return
    }
    archive = try openArchive(file)
    let metadata = archive.metadata
    if CanonicalMetadata.claims(metadata) {
      let checkpoint = try CanonicalCheckpoint.open(file)
      if verify { try checkpoint.verify() }
      kind = .canonical(checkpoint)
    } else if Head.isHead(metadata) {
      kind = .head(try Head.read(file))
    } else if PrepackedFile.claims(metadata) {
      kind = .prepacked(try Prepacking.open(file, verify: verify))
    } else if let own = metadata["mist.format"] {
      kind = .other(own)
    } else {
      kind = .checkpoint
    }
  }

  /// One side of a comparison: a model under canonical names where it is recognised, anything else as it is stored.
  /// Throws what opening throws.
  static func compared(_ path: String, _ options: ConversionOptions) throws -> ComparedModel {
    let file = try InspectedFile(path: path)
    switch file.kind {
    case .head(let head): return ComparedModel(file.archive, facts: try facts(head))
    case .bundle(let bundle): return ComparedModel(file.archive, facts: try Facts.of(bundle.facts))
    case .store(let store): return ComparedModel(file.archive, facts: try Facts.of(store))
    case .other, .prepacked: return ComparedModel(file.archive)
    case .checkpoint, .canonical: break
    }
    do {
      return try ComparedModel(Conversion(ModelSource(path: path), options: options))
    } catch let error as MISTError where error.code == .convertUnknownHeads && options.heads == nil {
      // How many heads there are does not change where the weights go.
      for heads in [[1], [1, 1, 1, 1]] {
        var guess = options
        guess.heads = heads
        if let conversion = try? Conversion(ModelSource(path: path), options: guess) {
          return try ComparedModel(conversion, knowsHeads: false)
        }
      }
      return ComparedModel(file.archive)
    } catch let error as MISTError where InspectReport.findings.contains(error.code) {
      return ComparedModel(file.archive)
    }
  }

  /// What a head says of itself, but for how it was trained.
  private static func facts(_ head: Head) throws -> [String: String] {
    try Facts.of(head.description).filter { !$0.key.hasPrefix("training") }
  }

  /// Whether `path` is a feature store's folder, complete or not.
  private static func isStore(_ path: String) -> Bool {
    guard !FeatureStore.exists(at: path) else { return true }
    // What cannot be listed is opened as a model, which says so.
    guard let entries = try? FolderEntries(path) else { return false }
    return entries.names.contains { $0.contains(/-\d{5}-of-\d{5}\.safetensors$/) && !$0.hasPrefix("model-") }
  }

  private static func isBundle(_ path: String) -> Bool {
    if path.hasSuffix(".mistedge") { return true }
    guard let file = try? MappedFile(path: path) else { return false }
    return withExtendedLifetime(file) { file.bytes.starts(with: "MISTEDGE".utf8) }
  }
}
