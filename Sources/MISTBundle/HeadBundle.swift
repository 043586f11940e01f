import MISTEdge
import MISTFeatures
import MISTFormats
import MISTTuning

extension BundleContents {
  /// What a trained head says of itself.
  public init(_ head: Head) {
    let description = head.description
    self.init(
      task: .classification, network: head.shape, parameters: head.parameters, labels: description.classes,
      preprocessing: description.preprocessing, feature: Feature(description.feature),
      modelHash: description.model.hash,
      provenance: Self.provenance(
        description.model, description.feature, description.training.map { ($0.trainCount, $0.seed) }))
  }

  /// What a trained or folded head on maps says of itself.
  public init(_ head: MapHead) {
    let description = head.description
    self.init(
      task: .segmentation, network: head.shape,
      maps: .init(
        height: description.input.first ?? 0, width: description.input.last ?? 0,
        levels: description.network.levels.map(\.level)), parameters: head.parameters,
      labels: description.classes, preprocessing: description.preprocessing,
      feature: Feature(description.feature), modelHash: description.model.hash,
      provenance: Self.provenance(
        description.model, description.feature, description.training.map { ($0.trainCount, $0.seed) }))
  }

  /// What a head of either kind says of itself.
  public init(_ head: AnyHead) {
    switch head {
    case .classification(let head): self.init(head)
    case .maps(let head): self.init(head)
    }
  }

  private static func provenance(
    _ model: HeadDescription.Model, _ feature: FeatureChoice, _ training: (samples: Int, seed: UInt64)?
  ) -> String {
    var text = "mist export; model \(model.source); \(feature)"
    if let training { text += "; trained on \(training.samples) samples, seed \(training.seed)" }
    // A file's name may hold anything.
    return String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
  }
}

extension Feature {
  init(_ feature: FeatureChoice) {
    switch feature {
    case .gather(let depth): self = .gather(depth)
    case .final: self = .final
    }
  }
}

extension GoldenInput {
  /// The first sample of the store's last split (`test`, where there is one). Throws `Head.check`'s codes when the store is not
  /// of the kind the head was trained on, `export.inconsistent` when it is empty, and what reading features throws.
  public init(_ store: FeatureStore, for head: AnyHead) throws {
    switch head {
    case .classification(let head): try self.init(store, for: head)
    case .maps(let head): try self.init(store, for: head)
    }
  }

  init(_ store: FeatureStore, for head: Head) throws {
    do {
      try head.check(store.manifest)
    } catch let error as MISTError {
      throw error.inFile(store.path)
    }
    let split = try Self.lastSplit(store)
    let features: StoredFeatures
    switch head.description.feature {
    case .gather(let depth): features = try split.gathered(depth)
    case .final: features = try split.final()
    }
    self.init(values: try features.values(0), label: split.labels[0])
  }

  init(_ store: FeatureStore, for head: MapHead) throws {
    let model = head.description.model
    guard store.manifest.model.hash == model.hash else {
      throw MISTError(
        .headModelMismatch, file: store.path,
        "the head was trained on features of model \(model.hash.prefix(12)) (\(model.source)), "
          + "and these are of \(store.manifest.model.hash.prefix(12)) (\(store.manifest.model.source))",
        advice: "extract the images with the head's model")
    }
    let split = try Self.lastSplit(store)
    self.init(
      maps: try head.description.network.levels.map { level in
        switch head.description.feature {
        case .gather(let depth): try split.map(depth, level: level.level).values(0)
        case .final: try split.finalMap(level: level.level).values(0)
        }
      })
  }

  private static func lastSplit(_ store: FeatureStore) throws -> FeatureSplit {
    guard let split = store.splits.last(where: { $0.count > 0 }) else {
      throw MISTError(.exportInconsistent, file: store.path, "the feature store holds no sample")
    }
    return split
  }
}
