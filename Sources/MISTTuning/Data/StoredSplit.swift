import MISTFeatures
import MISTFormats

/// A split of a feature store, as training reads it.
public struct StoredSplit: LabelledFeatures {
  public let split: FeatureSplit
  public let choices: [FeatureChoice]
  private let stored: [FeatureChoice: StoredFeatures]

  /// Throws what opening the split's tensors throws.
  public init(_ split: FeatureSplit, manifest: StoreManifest) throws {
    self.split = split
    var stored: [FeatureChoice: StoredFeatures] = [:]
    for k in manifest.gather { stored[.gather(k)] = try split.gathered(k) }
    if manifest.final { stored[.final] = try split.final() }
    self.stored = stored
    choices = manifest.gather.map { .gather($0) } + (manifest.final ? [.final] : [])
  }

  public var count: Int { split.count }
  public var channels: Int { split.channels }
  public func tokens(of choice: FeatureChoice) -> Int { stored[choice]?.tokens ?? 0 }
  public func label(_ index: Int) -> Int { split.labels[index] }

  public func read(
    _ index: Int, _ choice: FeatureChoice, tokens: [Int], into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let features = stored[choice] else {
      throw MISTError(
        .trainingNoFeature, "the features hold no \(choice)",
        advice: "they hold \(choices.map(\.description).joined(separator: ", "))")
    }
    if tokens.count == features.tokens {
      try features.read(index, into: destination)
    } else {
      try features.read(index, tokens: tokens, into: destination)
    }
  }
}

extension ErrorCode {
  /// A gather depth (or `final`) was asked for that the features do not hold.
  public static let trainingNoFeature = ErrorCode("training.no-feature", exit: .usage)
}
