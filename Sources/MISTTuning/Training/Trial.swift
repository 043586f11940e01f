import MISTEdge

/// One epoch of a run.
package struct EpochRecord: Encodable, Sendable {
  /// From 1.
  package let epoch: Int
  /// Training loss and fraction of right predictions as met during the epoch (with dropout and token dropout, when used).
  package let loss: Double
  package let accuracy: Double
  package let validation: ValidationFigures
  /// Since the run began.
  package let seconds: Double

  private enum CodingKeys: CodingKey { case epoch, loss, accuracy, seconds }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(epoch, forKey: .epoch)
    try container.encode(loss, forKey: .loss)
    try container.encode(accuracy, forKey: .accuracy)
    try container.encode(seconds, forKey: .seconds)
    try validation.encode(to: encoder)
  }
}

/// What one training run did.
package struct Trial<Task: TuningTask>: Sendable {
  package let recipe: Recipe<Task>
  package let seed: UInt64
  package let epochs: [EpochRecord]
  /// The epoch, from 1, whose parameters are the result.
  package let keptEpoch: Int
  /// Validation results of that epoch.
  package let validation: Task.Evaluation
  package let seconds: Double
  /// Training samples per second, validation not counted.
  package let samplesPerSecond: Double
  package let parameterCount: Int

  /// Whether this one did better on validation.
  package func isBetter(than other: Self) -> Bool { validation.isBetter(than: other.validation) }
}

extension Trial: Encodable {
  private enum CodingKeys: CodingKey {
    case recipe, seed, epochs, keptEpoch, validation, seconds, samplesPerSecond, parameterCount
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(recipe, forKey: .recipe)
    try container.encode(seed, forKey: .seed)
    try container.encode(epochs, forKey: .epochs)
    try container.encode(keptEpoch, forKey: .keptEpoch)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(samplesPerSecond, forKey: .samplesPerSecond)
    try container.encode(parameterCount, forKey: .parameterCount)
    if let details = validation.details {
      try container.encode(details, forKey: .validation)
    } else {
      try validation.kept.encode(to: encoder)
    }
  }
}

/// A trial and the parameters it ended with.
package struct TrainedHead<Task: TuningTask>: Sendable {
  package let trial: Trial<Task>
  package let shape: NetworkShape
  /// In the order of the network's table.
  package let parameters: [Float]
}
