import MISTBackbone
import MISTModels

/// The weights that `mist convert --prepack` packs beside a model.
struct PrepackedModel: Encodable {
  struct Written: Encodable {
    let file: String
    let precision: Precision
    let bytes: Int
  }

  private let written: [Written]

  /// Packs those of the model at `path`, and says which files beside it are of the model that was there before.
  /// Throws what packing throws.
  init(_ path: String, _ precisions: [Precision]) throws {
    let checkpoint = try CanonicalCheckpoint.open(path)
    written = try precisions.map {
      Written(file: Prepacking.path(of: path, $0), precision: $0, bytes: try Prepacking.write(checkpoint, $0))
    }
    for file in try Prepacking.stale(checkpoint) {
      Console.note(
        "\(file) was packed of another model, and refuses this one: pack it again with --prepack, or delete it"
      )
    }
  }

  func print() {
    for one in written { Console.line("packed \(one.file), \(Format.bytes(one.bytes))") }
  }

  func encode(to encoder: any Encoder) throws { try written.encode(to: encoder) }
}
