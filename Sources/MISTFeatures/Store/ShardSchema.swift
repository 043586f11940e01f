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

  /// Names of the tensors that are not features.
  enum Name {
    static let index = "index"
    static let label = "label"
    static let view = "view"
    static let mask = "mask"
  }

  /// Values of a sample's `view`: top, left, height, width, flip.
  static let viewLength = 5

  /// Tensors of a shard of `count` samples, in file order: widest elements first, so that all are aligned.
  func tensors(count: Int) -> [TensorInfo] {
    var list: [TensorInfo] = []
    if manifest.task == .classification {
      list.append(TensorInfo(name: Name.label, dtype: .i64, shape: [count]))
    }
    list.append(TensorInfo(name: Name.index, dtype: .i64, shape: [count]))
    if manifest.task == .segmentation {
      list.append(TensorInfo(name: Name.view, dtype: .i32, shape: [count, Self.viewLength]))
    }
    let features = manifest.tensors
    func stored(_ tensor: FeatureTensor) -> TensorInfo {
      let dtype = tensor.dtype(in: manifest.dtype).elements
      return TensorInfo(name: tensor.name, dtype: dtype, shape: [count] + tensor.shape)
    }
    list += features.filter(\.isFullPrecision).map(stored)
    let others = features.filter { !$0.isFullPrecision }
    if manifest.dtype == .int8 {
      list += others.map {
        TensorInfo(name: $0.scaleName, dtype: .f32, shape: [count] + $0.shape.dropLast())
      }
    }
    list += others.map(stored)
    if let masks = manifest.masks {
      list.append(TensorInfo(name: Name.mask, dtype: .u8, shape: [count, masks.height, masks.width]))
    }
    return list
  }

  /// What a shard's `__metadata__` must say, but for `mist.skipped`.
  func metadata(first: Int, listed: Int) -> [String: String] {
    var metadata = [
      "mist.format": "feature-shard",
      "mist.version": "\(manifest.version)",
      "mist.model": manifest.model.hash,
      "mist.gather": manifest.gather.map(String.init).joined(separator: ","),
      "mist.final": manifest.final ? "true" : "false",
      "mist.dtype": manifest.dtype.rawValue,
      "mist.preprocessing": preprocessingHash,
      "mist.classes": "\(manifest.classes.count)",
      "mist.split": split.name,
      "mist.first": "\(first)",
      "mist.listed": "\(listed)",
      "mist.plan": manifest.plan,
    ]
    switch manifest.task {
    case .classification:
      metadata["mist.tokens"] = "\(manifest.tokens)"
      metadata["mist.channels"] = "\(manifest.channels)"
    case .segmentation:
      metadata["mist.task"] = manifest.task.rawValue
      metadata["mist.levels"] = manifest.levels.map {
        "\($0.level):\($0.height)x\($0.width)x\($0.channels)"
      }.joined(separator: ",")
      metadata["mist.mask"] = manifest.masks.map { "\($0.height)x\($0.width)" }
    }
    return metadata
  }
}

/// A mapped shard that fits its manifest.
struct OpenShard: Sendable {
  let archive: SafetensorsArchive
  /// Position in the split's listed files of each sample.
  let indices: [Int]
}
