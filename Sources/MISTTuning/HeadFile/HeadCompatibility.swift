import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels

extension Head {
  /// Checks that features described by `manifest` are of the kind this head was trained on.
  /// Throws `head.wrong-task`, `head.model-mismatch`, `head.feature-mismatch`, `head.shape-mismatch`, `head.classes-mismatch` or
  /// `head.preprocessing-mismatch`.
  package func check(_ manifest: StoreManifest) throws {
    let match = FeatureMatch(manifest)
    try match.task(description.task)
    try match.model(description.model)
    try match.feature(description.feature)
    switch description.network {
    case .pooled(let network) where description.feature == .layerTokens:
      try match.layers(network, description.layers ?? [])
    case .pooled(let network): try match.tokens(network, description.feature)
    case .method(let network): try match.tokens(network, description.feature)
    case .dense(let network): try match.maps(network, input: description.input)
    }
    try match.preprocessing(description.preprocessing)
    try match.classes(description.classes)
  }

  /// The same of a store, which an error then names.
  package func check(_ store: FeatureStore) throws {
    do {
      try check(store.manifest)
    } catch let error as MISTError {
      throw error.inFile(store.path)
    }
  }
}

/// What a head must have in common with a store. All throw the `head.` codes.
private struct FeatureMatch {
  let manifest: StoreManifest

  init(_ manifest: StoreManifest) { self.manifest = manifest }

  func task(_ task: FeatureTask) throws {
    guard manifest.task == task else {
      throw MISTError(
        .headWrongTask,
        "the head is for \(task.rawValue), and these features are for \(manifest.task.rawValue)",
        advice: "extract with --task \(task.rawValue)")
    }
  }

  func model(_ model: HeadDescription.Model) throws {
    guard manifest.model.hash == model.hash else {
      throw MISTError(
        .headModelMismatch,
        "the head was trained on features of model \(model.hash.prefix(12)) (\(model.source)), "
          + "and these are of \(manifest.model.hash.prefix(12)) (\(manifest.model.source))",
        advice: "extract the images with the head's model")
    }
  }

  func feature(_ feature: Feature) throws {
    let stored = manifest.storedFeatures
    guard feature.origin(in: stored) != nil else {
      throw MISTError(
        .headFeatureMismatch, "the head reads \(feature.label), and these features hold \(stored.labels)",
        advice: "extract with the head's gather")
    }
  }

  func tokens(_ network: PooledNetwork, _ feature: Feature) throws {
    let tokens = feature == .final ? 1 : manifest.tokens
    guard tokens == network.tokens, manifest.channels == network.channels else {
      throw MISTError(
        .headShapeMismatch,
        "the head reads [\(network.tokens), \(network.channels)], and these features are [\(tokens), \(manifest.channels)]",
        advice: "extract at the head's image size")
    }
    guard let grid = network.grid, grid != manifest.grid else { return }
    let found = manifest.grid.map { "\($0.size) behind \($0.prefix) others" } ?? "not known to lie on a map"
    throw MISTError(
      .headShapeMismatch,
      "the head reads tokens on a map of \(grid.size) behind \(grid.prefix) others, and these are \(found)",
      advice: "extract at the head's image size")
  }

  func tokens(_ network: MethodNetwork, _ feature: Feature) throws {
    let maps =
      if case .inputs(let parts)? = feature.origin(in: manifest.storedFeatures) { parts.count } else { 1 }
    guard manifest.tokens == network.tokens, manifest.channels == network.channels, maps == network.maps
    else {
      throw MISTError(
        .headShapeMismatch,
        "the head reads \(network.maps) maps [\(network.tokens), \(network.channels)], and these features are \(maps) of "
          + "[\(manifest.tokens), \(manifest.channels)]", advice: "extract at the head's image size")
    }
  }

  func layers(_ network: PooledNetwork, _ depths: [Int]) throws {
    guard let stored = manifest.layerTokens, stored.depths == depths else {
      throw MISTError(
        .headFeatureMismatch,
        "the head reads layer tokens of depths \(depths), and these features hold those of "
          + "\(manifest.layerTokens?.depths ?? [])", advice: "extract with the head's --layers")
    }
    let wanted =
      network.stages?.map { LayerTokens.Tensor(level: $0.level, rows: $0.tokens, channels: $0.channels) }
      ?? [LayerTokens.Tensor(rows: network.tokens, channels: network.channels)]
    guard wanted == stored.tensors else {
      func list(_ tensors: [LayerTokens.Tensor]) -> String {
        tensors.map { "[\($0.rows), \($0.channels)]" }.joined(separator: ", ")
      }
      throw MISTError(
        .headShapeMismatch,
        "the head reads layer tokens \(list(wanted)), and these features are \(list(stored.tensors))",
        advice: "extract with the head's model file")
    }
  }

  func maps(_ network: DenseNetwork, input: [Int]) throws {
    let own = network.levels.map { "\($0.level): \($0.height)×\($0.width)×\($0.channels)" }
    let stored = manifest.levels.map { "\($0.level): \($0.height)×\($0.width)×\($0.channels)" }
    guard own == stored else {
      throw MISTError(
        .headShapeMismatch,
        "the head reads the levels \(own.joined(separator: ", ")), and these features have \(stored.joined(separator: ", "))",
        advice: "extract at the head's image size, with its --export")
    }
    let found = manifest.masks.map { [$0.height, $0.width] } ?? []
    guard found == input else {
      throw MISTError(
        .headShapeMismatch, "the head is for images of \(input), and these features are of \(found)",
        advice: "extract at the head's image size")
    }
  }

  func preprocessing(_ preprocessing: Preprocessing) throws {
    guard manifest.preprocessing == preprocessing else {
      throw MISTError(
        .headPreprocessingMismatch, "these features were made with another preprocessing than the head's",
        advice: "extract with the head's model file")
    }
  }

  func classes(_ classes: [String]) throws {
    guard manifest.classes == classes else {
      throw MISTError(
        .headClassesMismatch,
        "the head knows the classes \(Self.list(classes)), and these features have \(Self.list(manifest.classes))",
        advice: try TaskRegistry.task(manifest.task).classesAdvice)
    }
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", … (\(names.count))" : "")
  }
}
