import MISTEdge
import MISTFeatures
import MISTFormats
import MISTTuning

extension BundleContents {
  /// What a trained head says of itself.
  public init(_ head: Head) {
    let description = head.description
    let gather: Gather
    switch description.feature {
    case .gather(let depth): gather = .sum(depth)
    case .final: gather = .final
    }
    self.init(
      head: .classification(head.shape), parameters: head.parameters, labels: description.classes,
      preprocessing: description.preprocessing, gather: gather, modelHash: description.model.hash,
      provenance: Self.provenance(description))
  }

  private static func provenance(_ description: HeadDescription) -> String {
    var text = "mist export; model \(description.model.source); \(description.feature)"
    if let training = description.training {
      text += "; trained on \(training.trainCount) samples, seed \(training.seed)"
    }
    // A file's name may hold anything.
    return String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
  }
}

extension GoldenInput {
  /// The first sample of the store's last split (`test`, where there is one). Throws `Head.check`'s codes when the store is not
  /// of the kind the head was trained on, `export.inconsistent` when it is empty, and what reading features throws.
  public init(_ store: FeatureStore, for head: Head) throws {
    do {
      try head.check(store.manifest)
    } catch let error as MISTError {
      throw error.inFile(store.path)
    }
    guard let split = store.splits.last(where: { $0.count > 0 }) else {
      throw MISTError(.exportInconsistent, file: store.path, "the feature store holds no sample")
    }
    let features: StoredFeatures
    switch head.description.feature {
    case .gather(let depth): features = try split.gathered(depth)
    case .final: features = try split.final()
    }
    self.init(values: try features.values(0), label: split.labels[0])
  }
}
