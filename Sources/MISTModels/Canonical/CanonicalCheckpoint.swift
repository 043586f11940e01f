import Foundation
import MISTFormats

/// A converted model: safetensors with canonical names and, in its metadata, the configuration and the preprocessing
/// (`Formats/canonical-checkpoint.md`). What the backbone, `verify` and `extract` open.
package struct CanonicalCheckpoint: Sendable {
  package let archive: any TensorArchive
  package let configuration: ModelConfiguration
  package let preprocessing: Preprocessing
  package let provenance: Provenance
  /// Names of the decode head's or classifier's classes, in order, where they are known.
  package let classNames: [String]?
  let infos: [String: TensorInfo]
  let hashing = Hashing()

  /// Takes an archive that holds exactly the tensors of `configuration` under their canonical names.
  /// Throws the `checkpoint.` errors about tensors and configuration.
  package init(
    archive: any TensorArchive, configuration: ModelConfiguration, preprocessing: Preprocessing,
    provenance: Provenance = Provenance(source: "", convention: ""), classNames: [String]? = nil
  ) throws {
    self.archive = archive
    self.configuration = configuration
    self.preprocessing = preprocessing
    self.provenance = provenance
    self.classNames = classNames
    if let flaw = CanonicalMetadata.flaw(classNames, configuration) {
      throw MISTError(.checkpointBadClasses, file: archive.path, flaw)
    }
    infos = try Self.check(archive, configuration, preprocessing)
  }

  /// Opens the canonical checkpoint at `path`; reads the header only.
  /// Throws the errors of safetensors, and a `checkpoint.` code for each rule of `Formats/canonical-checkpoint.md`.
  package static func open(_ path: String) throws -> CanonicalCheckpoint {
    let archive = try SafetensorsArchive(path: path)
    let metadata = try CanonicalMetadata(archive.metadata, file: path)
    return try CanonicalCheckpoint(
      archive: archive, configuration: metadata.configuration, preprocessing: metadata.preprocessing,
      provenance: metadata.provenance, classNames: metadata.classNames)
  }

  /// Tensor `name` as f32 values (from f32, f16 or bf16 storage), checked against `shape`.
  /// The values are a copy, and the file's pages are released.
  /// Throws `checkpoint.missing-tensor`, `checkpoint.shape-mismatch` and `checkpoint.not-finite`.
  package func floats(_ name: String, shape: [Int]) throws -> [Float] {
    let info = try self.info(name, shape: shape)
    let values = try archive.withBytesOnce(of: name) { try FloatConversion.floats($0, dtype: info.dtype) }
    try values.withUnsafeBufferPointer { try checkFinite($0, name) }
    return values
  }

  /// Calls `body` with the values of tensor `name` as f32, checked against `shape`: a view of the file where that holds aligned floats,
  /// else a copy. The file's pages are released afterwards. Throws as `floats(_:shape:)`, and what `body` throws.
  package func withFloats<R>(
    _ name: String, shape: [Int], _ body: (UnsafeBufferPointer<Float>) throws -> R
  ) throws -> R {
    let info = try self.info(name, shape: shape)
    return try archive.withBytesOnce(of: name) { bytes in
      let isAligned = Int(bitPattern: bytes.baseAddress) % MemoryLayout<Float>.alignment == 0
      guard info.dtype == .f32, isAligned, 1.littleEndian == 1 else {
        let values = try FloatConversion.floats(bytes, dtype: info.dtype)
        return try values.withUnsafeBufferPointer {
          try checkFinite($0, name)
          return try body($0)
        }
      }
      return try bytes.withMemoryRebound(to: Float.self) {
        try checkFinite($0, name)
        return try body($0)
      }
    }
  }

  /// As `floats(_:shape:)`, into memory of the caller's: one place for each element of `shape`.
  package func read(_ name: String, shape: [Int], into destination: UnsafeMutableBufferPointer<Float>) throws
  {
    let info = try self.info(name, shape: shape)
    try archive.withBytesOnce(of: name) {
      try FloatConversion.toFloats($0, dtype: info.dtype, into: destination)
    }
    try checkFinite(UnsafeBufferPointer(destination), name)
  }

  /// Reads every tensor. Throws `checkpoint.not-finite`.
  package func verify() throws {
    for (name, shape) in configuration.tensors { _ = try floats(name, shape: shape) }
  }

  private func checkFinite(_ values: UnsafeBufferPointer<Float>, _ name: String) throws {
    guard FloatConversion.areFinite(values) else {
      let bad = values.firstIndex { !$0.isFinite } ?? 0
      throw MISTError(
        .checkpointNotFinite, file: archive.path, at: "tensor \(quoted(name)), element \(bad)",
        "a finite number is expected, found \(values[bad])",
        advice: "convert the source again, with --dtype f32 if its values are beyond the stored type")
    }
  }

  private func info(_ name: String, shape: [Int]) throws -> TensorInfo {
    guard let info = infos[name] else {
      throw MISTError(
        .checkpointMissingTensor, file: archive.path, at: "tensor \(quoted(name))",
        "there is none of that name")
    }
    guard info.shape == shape else {
      throw MISTError(
        .checkpointShapeMismatch, file: archive.path, at: "tensor \(quoted(name))",
        "expected shape \(shape), found \(info.shape)")
    }
    return info
  }

  /// Every tensor of the configuration once, with its shape and a float type, and nothing else.
  private static func check(
    _ archive: any TensorArchive, _ configuration: ModelConfiguration, _ preprocessing: Preprocessing
  ) throws -> [String: TensorInfo] {
    let path = archive.path
    let again = "convert the source again with `mist convert`"
    if let flaw = configuration.flaw {
      throw MISTError(.checkpointBadConfiguration, file: path, flaw, advice: again)
    }
    if let flaw = preprocessing.flaw {
      throw MISTError(.checkpointBadPreprocessing, file: path, flaw, advice: again)
    }
    let infos = Dictionary(archive.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let expected = configuration.tensors
    for (name, shape) in expected {
      let place = "tensor \(quoted(name))"
      guard let info = infos[name] else {
        let nearest = Nearest.names(to: name, among: infos.keys)
        throw MISTError(
          .checkpointMissingTensor, file: path, at: place,
          "the configuration needs it and it is missing" + nearest,
          advice: again)
      }
      guard info.shape == shape else {
        throw MISTError(
          .checkpointShapeMismatch, file: path, at: place, "expected shape \(shape), found \(info.shape)",
          advice: again)
      }
      guard [.f32, .f16, .bf16].contains(info.dtype) else {
        throw MISTError(
          .checkpointWrongDType, file: path, at: place,
          "expected F32, F16 or BF16, found \(info.dtype.rawValue)",
          advice: again)
      }
    }
    if infos.count > expected.count {
      let known = Set(expected.map(\.name))
      for tensor in archive.tensors where !known.contains(tensor.name) {
        throw MISTError(
          .checkpointUnexpectedTensor, file: path, at: "tensor \(quoted(tensor.name))",
          "the configuration has no place for it" + Nearest.names(to: tensor.name, among: known),
          advice: again)
      }
    }
    return infos
  }
}
