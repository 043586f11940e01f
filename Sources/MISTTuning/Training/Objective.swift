import MISTEdge

/// What training minimises: the loss of logits against targets, with its gradient. One per training run.
///
/// `begin` is called for every batch, and then the others for its samples, by several threads at once.
package protocol Objective: AnyObject, Sendable {
  associatedtype Task: TuningTask

  /// - Parameters:
  ///   - targets: Of the samples to train on.
  ///   - threads: How many will call `loss` at once.
  init(_ recipe: Recipe<Task>, _ shape: NetworkShape, targets: Task.Targets, threads: Int)

  /// Reads the targets of a batch's samples. Returns nil when it has none; throws what reading throws.
  func begin(_ batch: [Int], _ targets: Task.Targets) throws -> BatchShare?

  /// Whether the sample at `place` in the batch has a target.
  func hasTarget(_ place: Int) -> Bool

  /// The loss of the sample at `place` for its `logits` `[positions, classes]`, which become the gradient times `weight`, and how many
  /// predictions were right.
  func loss(_ place: Int, logits: UnsafeMutablePointer<Float>, weight: Float) -> (loss: Double, correct: Int)
}

/// How a batch counts.
package struct BatchShare: Sendable {
  /// Factor of every sample's gradient: one over what the loss is a mean of.
  package let weight: Float
  /// Predictions of the batch, of which `loss` says how many are right.
  package let predictions: Int
  /// What the sum of the batch's losses is divided by in the mean of an epoch.
  package let count: Int
}
