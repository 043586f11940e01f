import MISTFormats
import Synchronization

extension CanonicalCheckpoint {
  /// What of a checkpoint is computed at most once.
  final class Hashing: Sendable {
    let hash = Mutex<Later<String>?>(nil)
  }

  /// Lower-case hex SHA-256 over configuration and tensors, independent of where the weights came from and of the
  /// preprocessing (`Formats/canonical-checkpoint.md` defines the bytes). Everything derived from the model records it.
  /// Reads every tensor when it is first asked for.
  package func modelHash() throws -> String { try laterHash.value() }

  /// The model's hash, which a thread of its own computes from the first call on.
  package var laterHash: Later<String> {
    hashing.hash.withLock { hash in
      if let hash { return hash }
      let (archive, configuration, infos) = (archive, configuration, infos)
      let begun = Later { try Self.hash(archive, configuration, infos) }
      hash = begun
      return begun
    }
  }

  private static func hash(
    _ archive: any TensorArchive, _ configuration: ModelConfiguration, _ infos: [String: TensorInfo]
  ) throws -> String {
    var hash = ContentHash()
    // Features depend neither on the decode head nor on a classifier.
    let backbone = configuration.backbone
    hash.update("mist-\(backbone.architecture.id)-\(CanonicalMetadata.version)\n")
    hash.update(try CanonicalMetadata.json(backbone) + "\n")
    for (name, _) in backbone.tensors {
      guard let info = infos[name] else { continue }
      hash.update("\(name) \(info.dtype.rawValue) \(info.shape.map(String.init).joined(separator: ","))\n")
      try archive.withBytesOnce(of: name) { hash.update($0) }
    }
    return hash.finalize()
  }
}
