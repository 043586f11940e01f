import MISTEdge

/// Everything that decides one training run but its data and its seed: what all tasks have in common, and the task's own part,
/// whose fields are read and written as if they were the recipe's.
@dynamicMemberLookup
package struct Recipe<Task: TuningTask>: Hashable, Sendable {
  package var feature: Feature = .gather(12)
  /// Low-rank attention blocks, where the task's own part says that there are any, and their rank.
  package var depth = 4
  package var rank = 32
  package var inputNorm = false
  /// Peak learning rate of the schedule.
  package var rate: Float = 1e-3
  package var schedule = Task.Options.schedule
  package var epochs = Task.Options.epochs
  /// Samples per step.
  package var batch = Task.Options.batch
  /// Decoupled, on matrices only.
  package var weightDecay = Task.Options.weightDecay
  /// Probability that a channel of the classifier's input is dropped from a sample.
  package var dropout: Float = 0
  package var keep: Keep = .best
  /// Epochs without a better validation result after which training stops; 0: never.
  package var patience = 0
  /// Of the products of a training step; a head predicts in f32.
  package var precision = TrainingPrecision.f32
  /// What only this task knows.
  package var own = Task.Options()

  package init() {}

  package subscript<Value>(dynamicMember path: WritableKeyPath<Task.Options, Value>) -> Value {
    get { own[keyPath: path] }
    set { own[keyPath: path] = newValue }
  }

  /// The same, shorter: a whole schedule of `epochs`.
  func shortened(to epochs: Int) -> Self {
    var recipe = self
    recipe.epochs = min(epochs, self.epochs)
    return recipe
  }
}

/// Which epoch's parameters are the result.
package enum Keep: String, Encodable, Sendable { case best, last }

/// The part of a recipe that only one task knows, and the task's defaults for the rest.
package protocol RecipeOptions: Encodable, Hashable, Sendable {
  static var schedule: Schedule { get }
  static var epochs: Int { get }
  static var batch: Int { get }
  static var weightDecay: Float { get }
  /// Probability that a readout's attention to a token is dropped from a sample.
  var attentionDropout: Float { get }
  init()
}

extension RecipeOptions {
  package var attentionDropout: Float { 0 }
}

/// One flat JSON object.
extension Recipe: Encodable {
  private enum CodingKeys: CodingKey {
    case feature, depth, rank, inputNorm, rate, epochs, batch, weightDecay, dropout, keep, patience, precision
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(feature, forKey: .feature)
    try container.encode(depth, forKey: .depth)
    try container.encode(rank, forKey: .rank)
    try container.encode(inputNorm, forKey: .inputNorm)
    try container.encode(rate, forKey: .rate)
    try container.encode(epochs, forKey: .epochs)
    try container.encode(batch, forKey: .batch)
    try container.encode(weightDecay, forKey: .weightDecay)
    try container.encode(dropout, forKey: .dropout)
    try container.encode(keep, forKey: .keep)
    try container.encode(patience, forKey: .patience)
    // Recipes of earlier versions, and the runs that are named by them, have none.
    if precision != .f32 { try container.encode(precision, forKey: .precision) }
    try schedule.encode(to: encoder)
    try own.encode(to: encoder)
  }
}
