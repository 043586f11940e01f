import MISTEdge
import MISTFormats

/// Some samples of a split: their features and what a head is to say of them.
package struct Samples<Task: TuningTask>: Sendable {
  package let features: any SplitFeatures
  package let targets: Task.Targets
  /// Ascending.
  package let indices: [Int]

  package init(_ features: any SplitFeatures, _ targets: Task.Targets, indices: [Int]? = nil) {
    self.features = features
    self.targets = targets
    self.indices = indices ?? Array(0..<features.count)
  }

  package var count: Int { indices.count }

  /// Whether the target of any sample says something; looks no further than the first. Throws what reading targets throws.
  package func hasTarget() throws -> Bool { try indices.contains { try Task.hasTarget($0, targets) } }

  /// Throws `training.no-targets` when no target says anything. `part`: as in `split 'val'`.
  package func checkTargets(_ part: String) throws {
    guard try hasTarget() else {
      throw MISTError(
        .trainingNoTargets,
        "\(part): none of its \(count) \(Task.samples) has a labelled pixel", advice: Task.targetAdvice)
    }
  }

  /// The samples that are whole images.
  package var whole: Self { filter(features.isWhole) }

  /// Number of images.
  package var imageCount: Int { Set(indices.map(features.image)).count }

  /// Parts of these samples, by a seeded permutation of the images: `fraction` of them (at least one) held out, as whole images,
  /// and all views of the rest.
  package func holdOut(_ fraction: Double, seed: UInt64) -> (rest: Self, heldOut: Self) {
    let images = Set(indices.map(features.image)).sorted()
    var random = CounterRandom(seed: seed, .holdout)
    let order = random.permutation(images.count).map { images[$0] }
    let held = Set(
      order.prefix(min(max(1, Int((Double(images.count) * fraction).rounded())), images.count - 1)))
    return (
      filter { !held.contains(features.image($0)) },
      filter { held.contains(features.image($0)) && features.isWhole($0) }
    )
  }

  private func filter(_ isIncluded: (Int) -> Bool) -> Self {
    Self(features, targets, indices: indices.filter(isIncluded))
  }
}

extension ErrorCode {
  /// Masks without one labelled pixel: there is nothing to train on or to measure.
  package static let trainingNoTargets = ErrorCode("training.no-targets")
}
