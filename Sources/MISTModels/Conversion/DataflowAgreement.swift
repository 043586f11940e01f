import MISTFormats

extension RecoveredArchive {
  /// Compares what names say with what the graph computes: it must be built as the backbone is, and read in each tensor's place
  /// the tensor that the steps write there.
  /// Throws `onnx.unknown-structure` and `convert.graph-mismatch`.
  func check(_ steps: [ConversionPlan.Step], _ classifier: ImageClassifier?) throws {
    if let input = hints.classifierInput, let classifier, classifier.input != input {
      throw MISTError(
        .convertGraphMismatch, file: path, at: "classifier",
        "the graph's reads the \(input.rawValue), and models of these names read the \(classifier.input.rawValue)",
        advice: "leave it out with --ignore")
    }
    // Names that the dataflow gave agree with it.
    if canonical != nil { return }
    let places = try dataflow.get()
    for step in steps where !step.sources.isEmpty {
      let name = step.destination.name
      let pieces = step.sources.flatMap { self.pieces(of: $0.name) }
      guard let found = places.pieces(of: name) else {
        if pieces.allSatisfy({ places.turning.contains($0.tensor) }) { continue }
        throw mismatch(
          step, "the graph does not use it as a model's \(name)", advice: "leave it out with --ignore")
      }
      if pieces == found { continue }
      guard try bytes(of: step, in: self) == places.bytes(of: step) else {
        throw mismatch(
          step, "the graph reads \(found.map { quoted($0.tensor) }.joined(separator: ", ")) in its place",
          advice: "its names do not say what it computes; export the model again")
      }
    }
  }

  private func mismatch(_ step: ConversionPlan.Step, _ problem: String, advice: String) -> MISTError {
    MISTError(
      .convertGraphMismatch, file: path,
      at: "tensor \(step.sources.map { quoted($0.name) }.joined(separator: ", "))", problem, advice: advice)
  }

  /// What `step` writes.
  private func bytes(of step: ConversionPlan.Step, in archive: some TensorArchive) throws -> [UInt8] {
    var (copier, collected) = (TensorCopier(), CollectedBytes())
    _ = try copier.copy(step, from: archive, to: &collected)
    return collected.bytes
  }
}

extension GraphPlaces {
  /// What `step` would write if its source was what the dataflow says.
  fileprivate func bytes(of step: ConversionPlan.Step) throws -> [UInt8] {
    guard let info = info(step.destination.name) else { return [] }
    var (copier, collected) = (TensorCopier(), CollectedBytes())
    _ = try copier.copy(
      .init(destination: step.destination, transform: .identity, sources: [info]), from: self, to: &collected)
    return collected.bytes
  }
}

private struct CollectedBytes: TensorSink {
  var bytes: [UInt8] = []
  mutating func append(_: String, _ more: UnsafeRawBufferPointer) throws { bytes += more }
}
