import MISTFeatures
import MISTFormats

extension Head {
  /// Checks that features described by `manifest` are of the kind this head was trained on.
  /// Throws `head.model-mismatch`, `head.feature-mismatch`, `head.shape-mismatch`, `head.classes-mismatch` or
  /// `head.preprocessing-mismatch`.
  public func check(_ manifest: StoreManifest) throws {
    guard manifest.model.hash == description.model.hash else {
      throw MISTError(
        .headModelMismatch,
        "the head was trained on features of model \(description.model.hash.prefix(12)) (\(description.model.source)), "
          + "and these are of \(manifest.model.hash.prefix(12)) (\(manifest.model.source))",
        advice: "extract the images with the head's model")
    }
    let stored = manifest.gather.map { FeatureChoice.gather($0) } + (manifest.final ? [.final] : [])
    guard stored.contains(description.feature) else {
      throw MISTError(
        .headFeatureMismatch,
        "the head reads \(description.feature), and these features hold "
          + stored.map(\.description).joined(separator: ", "), advice: "extract with the head's gather")
    }
    let tokens = description.feature == .final ? 1 : manifest.tokens
    guard tokens == shape.tokens, manifest.channels == shape.channels else {
      throw MISTError(
        .headShapeMismatch,
        "the head reads [\(shape.tokens), \(shape.channels)], and these features are [\(tokens), \(manifest.channels)]",
        advice: "extract at the head's image size")
    }
    guard manifest.preprocessing == description.preprocessing else {
      throw MISTError(
        .headPreprocessingMismatch, "these features were made with another preprocessing than the head's",
        advice: "extract with the head's model file")
    }
    guard manifest.classes == description.classes else {
      throw MISTError(
        .headClassesMismatch,
        "the head knows the classes \(Self.list(description.classes)), and these features have \(Self.list(manifest.classes))",
        advice: "use the same class folders")
    }
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", … (\(names.count))" : "")
  }
}
