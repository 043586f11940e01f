import MISTBackbone
import MISTModels

/// The weights that `mist convert --prepack` packs beside a model.
struct PrepackedModel {
  private let written: [(file: String, bytes: Int)]

  /// Packs those of the model at `path`, and says which files beside it are of the model that was there before.
  /// Throws what packing throws.
  init(_ path: String, _ precisions: [Precision]) throws {
    let checkpoint = try CanonicalCheckpoint.open(path)
    written = try precisions.map {
      (Prepacking.path(of: path, $0), try Prepacking.write(checkpoint, $0))
    }
    for file in try Prepacking.stale(checkpoint) {
      Console.note(
        "\(file) was packed of another model, and refuses this one: pack it again with --prepack, or delete it"
      )
    }
  }

  func print() {
    for (file, bytes) in written { Console.line("packed \(file), \(Format.bytes(bytes))") }
  }
}
