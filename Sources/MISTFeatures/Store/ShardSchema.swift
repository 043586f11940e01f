import Foundation
import MISTFormats

/// Names, types, shapes and metadata of the shards of one split, the same for writing and for checking.
struct ShardSchema {
  let manifest: StoreManifest
  let split: StoreManifest.Split
  let preprocessingHash: String

  init(_ manifest: StoreManifest, _ split: StoreManifest.Split) throws {
    self.manifest = manifest
    self.split = split
    preprocessingHash = try manifest.preprocessingHash
  }

  /// `[n]`: the position of each sample in the split's listed files.
  static let index = "index"
  /// In the metadata where it is not f32.
  static let precision = "mist.precision"

  /// Tensors of a shard of `count` samples, in file order: widest elements first, so that all are aligned.
  func tensors(count: Int) -> [TensorInfo] {
    let targets = manifest.task.target.tensors(manifest, count: count)
    var list = targets.first
    list.append(TensorInfo(name: Self.index, dtype: .i64, shape: [count]))
    list += targets.afterIndex
    let features = manifest.tensors
    func stored(_ tensor: FeatureTensor) -> TensorInfo {
      let dtype = tensor.dtype(in: manifest.dtype).elements
      return TensorInfo(name: tensor.name, dtype: dtype, shape: [count] + tensor.shape)
    }
    list += features.filter(\.isFullPrecision).map(stored)
    let others = features.filter { !$0.isFullPrecision }
    func rows(_ tensor: FeatureTensor, _ name: String) -> TensorInfo {
      TensorInfo(name: name, dtype: .f32, shape: [count] + tensor.shape.dropLast())
    }
    if manifest.dtype == .int8 { list += others.map { rows($0, $0.scaleName) } }
    if manifest.hasOffsets { list += others.map { rows($0, $0.offsetName) } }
    if manifest.checksums {
      list += features.map { TensorInfo(name: $0.checksumName, dtype: .u32, shape: [count]) }
    }
    list += others.map(stored)
    return list + targets.last
  }

  /// What a shard's `__metadata__` must say, but for `mist.skipped`.
  func metadata(first: Int, listed: Int) -> [String: String] {
    var metadata = [
      "mist.format": "feature-shard",
      "mist.version": "\(manifest.version)",
      "mist.model": manifest.model.hash,
      "mist.gather": manifest.gather.map(String.init).joined(separator: ","),
      "mist.final": manifest.final ? "true" : "false",
      "mist.dtype": manifest.dtype.description,
      "mist.preprocessing": preprocessingHash,
      "mist.classes": "\(manifest.classes.count)",
      "mist.split": split.name,
      "mist.first": "\(first)",
      "mist.listed": "\(listed)",
      "mist.plan": manifest.plan,
    ]
    if manifest.version > 1 { metadata["mist.task"] = manifest.task.rawValue }
    if !manifest.blocks.isEmpty {
      metadata["mist.blocks"] = manifest.blocks.map(String.init).joined(separator: ",")
    }
    metadata["mist.layers"] = manifest.layerTokens?.depthList
    if manifest.precision != .f32 { metadata[Self.precision] = manifest.precision.rawValue }
    switch manifest.layout {
    case .tokens(let count, let channels):
      metadata["mist.tokens"] = "\(count)"
      metadata["mist.channels"] = "\(channels)"
    case .maps(let levels):
      metadata["mist.levels"] = levels.map { "\($0.level):\($0.size)x\($0.channels)" }
        .joined(separator: ",")
    }
    return metadata.merging(manifest.task.target.metadata(manifest)) { own, _ in own }
  }
}

/// A mapped shard that fits its manifest.
struct OpenShard: Sendable {
  let archive: SafetensorsArchive
  /// Position in the split's listed files of each sample.
  let indices: [Int]
}
