import MISTEdge
import MISTFeatures
import MISTFormats

/// A task: everything that trainer, search, evaluation, head file and reports do not know. A folder in `Tasks` holds one, and
/// `TaskRegistry` names it.
package protocol TuningTask: Sendable {
  /// As stores and heads name it.
  static var name: FeatureTask { get }
  /// What its samples are called: `image`, `images`.
  static var sample: String { get }
  static var samples: String { get }

  // MARK: Target

  /// What a head is to say of the samples of a split, and how that is read.
  associatedtype Targets: Sendable
  /// Those of a split of this task. Throws what opening them throws.
  static func targets(_ split: FeatureSplit) throws -> Targets
  /// Whether the targets of a sample say anything. Throws what reading them throws.
  static func hasTarget(_ index: Int, _ targets: Targets) throws -> Bool
  /// How to get targets that say something.
  static var targetAdvice: String { get }
  /// How to get features of other classes into those of a head.
  static var classesAdvice: String { get }

  // MARK: Network

  associatedtype Options: RecipeOptions
  /// The kind of network that its heads have.
  static var readout: HeadReadout { get }
  /// The most classes that a head may have.
  static var mostClasses: Int { get }
  /// The network of a recipe for a feature of these tensors, whose tokens lie as `grid` says where that is known, of `model` where that
  /// is. Throws `training.unsupported-model`.
  static func shape(
    _ recipe: Recipe<Self>, inputs: [MapLevel], grid: TokenGrid?, targets: Targets, classes: Int,
    model: SourceModel?
  ) throws -> NetworkShape
  /// Height and width of the model's input, where the head depends on it.
  static func inputSize(_ targets: Targets) -> MapSize?
  /// Tokens that a training step sees, of `tokens`.
  static func tokensPerStep(_ recipe: Recipe<Self>, of tokens: Int) -> Int

  // MARK: Objective and metric

  associatedtype Objective: MISTTuning.Objective where Objective.Task == Self
  associatedtype Evaluation: TaskEvaluation
  /// Measures the head with these parameters. Throws what reading throws.
  static func evaluate(_ predictor: Predictor<Self>, _ samples: Samples<Self>, _ parameters: [Float]) throws
    -> Evaluation

  // MARK: Search

  associatedtype Policy: SearchPolicy where Policy.Task == Self

  // MARK: Words

  associatedtype Words: TaskWords where Words.Task == Self
}

extension TuningTask {
  package static func hasTarget(_ index: Int, _ targets: Targets) throws -> Bool { true }
  package static var targetAdvice: String { "extract with labels" }
  package static func inputSize(_ targets: Targets) -> MapSize? { nil }
  package static func tokensPerStep(_ recipe: Recipe<Self>, of tokens: Int) -> Int { tokens }
}

/// Every task there is.
package enum TaskRegistry {
  package static let all: [any TuningTask.Type] = [Classes.self, Masks.self]

  /// The task that features and heads call `name`. Throws `bug` for one that is not in the list.
  package static func task(_ name: FeatureTask) throws -> any TuningTask.Type {
    guard let task = all.first(where: { $0.name == name }) else {
      throw MISTError(.bug, "no task is called \(name.rawValue)")
    }
    return task
  }
}
