import Foundation
import MISTFormats

/// A converted model: safetensors with canonical names and, in its metadata, the configuration and the preprocessing
/// (`Formats/canonical-checkpoint.md`). What the backbone, `verify` and `extract` open.
public struct CanonicalCheckpoint: Sendable {
  public let archive: any TensorArchive
  public let configuration: ViTConfiguration
  public let preprocessing: Preprocessing
  /// Lower-case hex SHA-256 over configuration and tensors, independent of where the weights came from
  /// (`Formats/canonical-checkpoint.md` defines the bytes). Everything derived from the model records it.
  public let modelHash: String

  public init(
    archive: any TensorArchive, configuration: ViTConfiguration, preprocessing: Preprocessing, modelHash: String
  ) {
    self.archive = archive
    self.configuration = configuration
    self.preprocessing = preprocessing
    self.modelHash = modelHash
  }

  /// Tensor `name` as f32 values (from f32, f16 or bf16 storage), checked against `shape`.
  public func floats(_ name: String, shape: [Int]) throws -> [Float] {
    fatalError("to be written with the convention tables")
  }
}
