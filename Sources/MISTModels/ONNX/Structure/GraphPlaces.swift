import MISTFormats

/// What a graph's dataflow says each canonical tensor is: an archive of canonical tensors.
package struct GraphPlaces: TensorArchive {
  private let archive: any TensorArchive
  private let places: [String: RecoveredTensor]
  /// Stored tensors that only what queries and keys are turned by is computed from.
  let turning: Set<String>

  package var path: String { archive.path }
  package var format: String { archive.format }
  package var metadata: [String: String] { [:] }
  package var tensors: [TensorInfo] { places.values.map(\.info) }

  init(archive: any TensorArchive, tensors: [String: RecoveredTensor], turning: Set<String>) {
    (self.archive, places, self.turning) = (archive, tensors, turning)
  }

  package func info(_ name: String) -> TensorInfo? { places[name]?.info }

  /// The parts that tensor `name` is made of.
  func pieces(of name: String) -> [RecoveredTensor.Piece]? { places[name]?.pieces }

  package func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let place = places[name] else {
      throw MISTError(.tensorNotFound, file: path, at: name, "the dataflow has no place for it")
    }
    return try place.withBytes(in: archive, body)
  }

  package func release(_ name: String) { places[name]?.release(in: archive) }
}
