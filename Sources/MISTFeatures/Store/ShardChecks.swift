import Foundation
import MISTFormats

extension ShardSchema {
  /// Opens a shard and checks its header, its indices, and its labels or views against the manifest.
  func open(_ path: String, first: Int, listed: Int, skipped: Set<Int>) throws -> OpenShard {
    let archive = try SafetensorsArchive(path: path)
    do {
      try checkMetadata(archive, first: first, listed: listed)
      let count = listed - skipped.count
      try checkTensors(archive, count: count)
      let indices = try Self.integers(archive, Self.index)
      let expected = (first..<first + listed).filter { !skipped.contains($0) }
      guard indices == expected else {
        throw MISTError(
          .featuresIndexInvalid, at: "tensor 'index'",
          "the positions of the shard's files that were not skipped, ascending, are expected")
      }
      try manifest.task.target.check(archive, split, of: expected)
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
          "'\(expected[key] ?? "")' is expected, found \(found.map { quoted($0) } ?? "none")")
      }
    }
    guard archive.metadata[Self.precision] == nil || expected[Self.precision] != nil else {
      throw MISTError(
        .featuresMetadataMismatch, at: "metadata '\(Self.precision)'",
        "the manifest says '\(manifest.precision.rawValue)', the shard "
          + (archive.metadata[Self.precision].map { quoted($0) } ?? "nothing"),
        advice: "the shard belongs to another extraction; extract again")
    }
    for (key, value) in expected.sorted(by: { $0.key < $1.key }) where archive.metadata[key] != value {
      throw MISTError(
        .featuresMetadataMismatch, at: "metadata '\(key)'",
        "the manifest says '\(value)', the shard \(archive.metadata[key].map { quoted($0) } ?? "nothing")",
        advice: "the shard belongs to another extraction; extract again")
    }
  }

  private func checkTensors(_ archive: SafetensorsArchive, count: Int) throws {
    let expected = tensors(count: count)
    for info in expected {
      guard let found = archive.info(info.name) else {
        throw MISTError(
          .featuresTensorMissing, at: "tensor \(quoted(info.name))", "the shard has no such tensor")
      }
      guard found.dtype == info.dtype else {
        throw MISTError(
          .featuresTensorDType, at: "tensor \(quoted(info.name))",
          "\(info.dtype.rawValue) is expected, found \(found.dtype.rawValue)")
      }
      guard found.shape == info.shape else {
        throw MISTError(
          .featuresTensorShape, at: "tensor \(quoted(info.name))",
          "shape \(info.shape) is expected, found \(found.shape)")
      }
    }
    let names = Set(expected.map(\.name))
    if let extra = archive.tensors.first(where: { !names.contains($0.name) }) {
      throw MISTError(
        .featuresTensorUnexpected, at: "tensor \(quoted(extra.name))",
        "no such tensor belongs into the shard")
    }
  }

  static func integers(_ archive: SafetensorsArchive, _ name: String) throws -> [Int] {
    try archive.withBytes(of: name) { bytes in
      (0..<bytes.count / 8).map {
        Int(Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)))
      }
    }
  }
}
