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

  /// Tensors of a shard of `count` samples, in file order: widest elements first, so that all are aligned.
  func tensors(count: Int) -> [TensorInfo] {
    let (tokens, channels) = (manifest.tokens, manifest.channels)
    var list = [
      TensorInfo(name: "label", dtype: .i64, shape: [count]),
      TensorInfo(name: "index", dtype: .i64, shape: [count]),
    ]
    if manifest.final { list.append(TensorInfo(name: "final", dtype: .f32, shape: [count, channels])) }
    if manifest.dtype == .int8 {
      list += manifest.gather.map { TensorInfo(name: "k\($0).scale", dtype: .f32, shape: [count, tokens]) }
    }
    list += manifest.gather.map {
      TensorInfo(name: "k\($0)", dtype: manifest.dtype.elements, shape: [count, tokens, channels])
    }
    return list
  }

  /// What a shard's `__metadata__` must say, but for `mist.skipped`.
  func metadata(first: Int, listed: Int) -> [String: String] {
    [
      "mist.format": "feature-shard",
      "mist.version": "\(StoreManifest.currentVersion)",
      "mist.model": manifest.model.hash,
      "mist.gather": manifest.gather.map(String.init).joined(separator: ","),
      "mist.final": manifest.final ? "true" : "false",
      "mist.dtype": manifest.dtype.rawValue,
      "mist.tokens": "\(manifest.tokens)",
      "mist.channels": "\(manifest.channels)",
      "mist.preprocessing": preprocessingHash,
      "mist.classes": "\(manifest.classes.count)",
      "mist.split": split.name,
      "mist.first": "\(first)",
      "mist.listed": "\(listed)",
      "mist.plan": manifest.plan,
    ]
  }

  /// Opens a shard and checks its header and its indices and labels against the manifest.
  func open(_ path: String, first: Int, listed: Int, skipped: Set<Int>) throws -> OpenShard {
    let archive = try SafetensorsArchive(path: path)
    do {
      try checkMetadata(archive, first: first, listed: listed)
      let count = listed - skipped.count
      try checkTensors(archive, count: count)
      let indices = try Self.integers(archive, "index")
      let expected = (first..<first + listed).filter { !skipped.contains($0) }
      guard indices == expected else {
        throw MISTError(
          .featuresIndexInvalid, at: "tensor 'index'",
          "the positions of the shard's files that were not skipped, ascending, are expected")
      }
      let labels = try Self.integers(archive, "label")
      for (sample, index) in expected.enumerated() where labels[sample] != split.labels[index] {
        throw MISTError(
          .featuresLabelDiffers, at: "tensor 'label', sample \(sample)",
          "class \(split.labels[index]) is expected by the manifest, found \(labels[sample])")
      }
      return OpenShard(archive: archive, indices: indices)
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  private func checkMetadata(_ archive: SafetensorsArchive, first: Int, listed: Int) throws {
    let expected = metadata(first: first, listed: listed)
    for key in ["mist.format", "mist.version"] {
      let found = archive.metadata[key]
      guard found == expected[key] else {
        throw MISTError(
          .featuresShardFormat, at: "metadata '\(key)'",
          "'\(expected[key] ?? "")' is expected, found \(found.map { "'\($0.prefix(60))'" } ?? "none")")
      }
    }
    for (key, value) in expected.sorted(by: { $0.key < $1.key }) where archive.metadata[key] != value {
      throw MISTError(
        .featuresMetadataMismatch, at: "metadata '\(key)'",
        "the manifest says '\(value)', the shard \(archive.metadata[key].map { "'\($0.prefix(100))'" } ?? "nothing")",
        advice: "the shard belongs to another extraction; extract again")
    }
  }

  private func checkTensors(_ archive: SafetensorsArchive, count: Int) throws {
    let expected = tensors(count: count)
    for info in expected {
      guard let found = archive.info(info.name) else {
        throw MISTError(.featuresTensorMissing, at: "tensor '\(info.name)'", "the shard has no such tensor")
      }
      guard found.dtype == info.dtype else {
        throw MISTError(
          .featuresTensorDType, at: "tensor '\(info.name)'",
          "\(info.dtype.rawValue) is expected, found \(found.dtype.rawValue)")
      }
      guard found.shape == info.shape else {
        throw MISTError(
          .featuresTensorShape, at: "tensor '\(info.name)'",
          "shape \(info.shape) is expected, found \(found.shape)")
      }
    }
    let names = Set(expected.map(\.name))
    if let extra = archive.tensors.first(where: { !names.contains($0.name) }) {
      throw MISTError(
        .featuresTensorUnexpected, at: "tensor '\(extra.name.prefix(100))'",
        "no such tensor belongs into the shard")
    }
  }

  private static func integers(_ archive: SafetensorsArchive, _ name: String) throws -> [Int] {
    try archive.withBytes(of: name) { bytes in
      (0..<bytes.count / 8).map {
        Int(Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)))
      }
    }
  }
}

/// A mapped shard that fits its manifest.
struct OpenShard: Sendable {
  let archive: SafetensorsArchive
  /// Position in the split's listed files of each sample.
  let indices: [Int]
}
