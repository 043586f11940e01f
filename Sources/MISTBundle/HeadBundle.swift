import MISTEdge
import MISTFeatures
import MISTFormats
import MISTTuning

extension BundleContents {
  /// What a head says of itself. Throws `export.too-large` when no bundle can hold it.
  package init(_ head: Head) throws {
    try TrainingLimits.requireBundle(head.shape)
    let description = head.description
    let maps: BundleSource.Maps? =
      if case .dense(let network) = description.network {
        .init(
          height: description.input.first ?? 0, width: description.input.last ?? 0,
          levels: network.levels.map(\.level))
      } else { nil }
    self.init(
      task: BundleTask(description.task), network: head.shape,
      maps: maps,
      layers: description.layers.map { Layers(depths: $0, levels: description.network.levels) },
      parameters: head.parameters, labels: description.classes,
      preprocessing: description.preprocessing, feature: description.feature,
      precision: description.precision, modelHash: description.model.hash,
      provenance: Self.provenance(description))
  }

  private static func provenance(_ head: HeadDescription) -> String {
    var text = "mist export; model \(head.model.source); \(head.feature.label)"
    if let training = head.training {
      text += "; trained on \(training.trainCount) samples, seed \(training.seed)"
    }
    // A file's name may hold anything.
    return String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
  }
}

extension BundleTask {
  init(_ task: FeatureTask) {
    switch task {
    case .classification: self = .classification
    case .segmentation: self = .segmentation
    }
  }
}

extension GoldenInput {
  /// The first sample of the store's last split (`test`, where there is one). Throws `Head.check`'s codes when the store is not
  /// of the kind the head was trained on, `export.inconsistent` when it is empty, and what reading features throws.
  package init(_ store: FeatureStore, for head: Head) throws {
    try head.check(store)
    let split = try Self.lastSplit(store)
    let features = try StoredSplit(split, manifest: store.manifest)
    let feature = head.description.feature
    let inputs = try features.inputs(of: feature).indices.map { input in
      try features.values(0, feature, input: input)
    }
    self.init(maps: inputs)
    label = split.labels.first
  }

  private static func lastSplit(_ store: FeatureStore) throws -> FeatureSplit {
    guard let split = store.splits.last(where: { $0.count > 0 }) else {
      throw MISTError(.exportInconsistent, file: store.path, "the feature store holds no sample")
    }
    return split
  }
}
