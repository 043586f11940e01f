import MISTEdge
import MISTFeatures

/// Classification: a class per image, from tokens.
package enum Classes: TuningTask {
  package typealias Objective = ClassObjective
  package typealias Evaluation = ClassEvaluation
  package typealias Policy = ClassSearch
  package typealias Words = ClassWords

  package static let name = FeatureTask.classification
  package static let sample = "sample"
  package static let samples = "samples"
  package static let classesAdvice = "use the same class folders"
  package static let readout = HeadReadout.pooled
  package static let mostClasses = HeadLimits.classes

  /// The class of every sample of the split, in 0 ..< classes.
  package static func targets(_ split: FeatureSplit) -> [Int] { split.labels }

  /// A network whose tokens are a row, unless its blocks ask how they lie.
  package static func shape(
    _ recipe: Recipe<Classes>, inputs: [MapLevel], grid: TokenGrid? = nil, targets: [Int], classes: Int,
    model: SourceModel? = nil
  ) throws -> NetworkShape {
    if recipe.method.isBody { return try bodyShape(recipe, inputs: inputs, classes: classes, model: model) }
    if recipe.pooling == .concat || inputs.count > 1 {
      return NetworkShape(
        streams: inputs.map { StreamShape(height: 1, width: $0.positions, channels: $0.channels) },
        readout: .pooled(recipe.pooling), classes: classes, rank: recipe.rank)
    }
    let input = inputs.first ?? MapLevel(level: 1, height: 1, width: 0, channels: 0)
    let tokens = input.positions
    var own = TokenGrid(prefix: 0, height: 1, width: tokens)
    if recipe.method == .lae, recipe.function == .dwconv {
      own = grid.flatMap { $0.tokens == tokens ? $0 : nil } ?? TokenGrid(prefix: tokens, height: 0, width: 0)
    }
    return NetworkShape(
      grid: own, channels: input.channels, classes: classes,
      depth: recipe.method == .linear ? 0 : recipe.depth,
      function: recipe.method == .linear ? .attention : recipe.function, rank: recipe.rank,
      pooling: recipe.pooling, inputNorm: recipe.inputNorm)
  }

  /// The class token and a fraction of the others, at least one.
  package static func tokensPerStep(_ recipe: Recipe<Classes>, of tokens: Int) -> Int {
    guard tokens > 1, recipe.tokenFraction < 1, recipe.mayDropTokens else { return tokens }
    return 1 + max(1, Int((Float(tokens - 1) * recipe.tokenFraction).rounded()))
  }

  package static func evaluate(
    _ predictor: Predictor<Classes>, _ samples: Samples<Classes>, _ parameters: [Float]
  ) throws -> ClassEvaluation {
    ClassEvaluation(
      logits: try predictor.logits(samples, parameters: parameters),
      labels: samples.indices.map { samples.targets[$0] }, classes: predictor.shape.classes)
  }
}
