import MISTEdge
import MISTFormats
import MISTTuning
import Testing

@Suite("Training")
struct TrainingTests {
  private func recipe(_ method: ClassOptions.Method) -> Recipe<Classes> {
    var recipe = Recipe<Classes>()
    recipe.method = method
    recipe.feature = .gather(4)
    recipe.depth = 2
    recipe.rank = 4
    recipe.rate = 1e-2
    recipe.epochs = 8
    recipe.batch = 8
    return recipe
  }

  @Test("the linear probe learns what the class token says")
  func linear() throws {
    let head = try TrainingRun.run(
      recipe(.linear), data: DrawnFeatures.data(.direction, train: 48, validation: 24), seed: 0, threads: 2)
    #expect(head.trial.validation.accuracy > 0.9)
    #expect(head.trial.epochs.last!.loss < head.trial.epochs.first!.loss)
  }

  @Test("an LAE starts as the linear probe: its first logits do not depend on its blocks")
  func start() throws {
    let data = DrawnFeatures.data(.direction, train: 4, validation: 6)
    let shape = try Classes.shape(
      recipe(.lae), inputs: [MapLevel(level: 1, height: 1, width: 9, channels: 16)], targets: [], classes: 3)
    var parameters = Initialisation.parameters(shape, seed: 3)
    let predictor = Predictor<Classes>(shape: shape, feature: .gather(4), threads: 1)
    let before = try predictor.logits(data.validation, parameters: parameters)
    for i in ParameterTable(shape).range(.blockInput, stream: 0, block: 0) { parameters[i] *= -2 }
    #expect(try predictor.logits(data.validation, parameters: parameters) == before)
  }

  @Test("other blocks start as the linear probe too", arguments: [BlockFunction.mlp, .dwconv])
  func start(_ function: BlockFunction) throws {
    let data = DrawnFeatures.data(.direction, train: 4, validation: 6)
    func logits(_ recipe: Recipe<Classes>) throws -> [Float] {
      let shape = try Classes.shape(
        recipe, inputs: [MapLevel(level: 1, height: 1, width: 9, channels: 16)],
        grid: TokenGrid(prefix: 1, height: 2, width: 4), targets: [], classes: 3)
      var parameters = Initialisation.parameters(shape, seed: 3)
      // The classifier comes last, and is drawn behind what the blocks draw.
      let count = ParameterTable(shape).range(.classifier).count + 3
      for i in 0..<count { parameters[parameters.count - count + i] = Float(i % 5) }
      return try Predictor<Classes>(shape: shape, feature: .gather(4), threads: 1)
        .logits(data.validation, parameters: parameters)
    }
    var recipe = recipe(.lae)
    recipe.pooling = .mean
    recipe.function = function
    let blocks = try logits(recipe)
    recipe.method = .linear
    for (a, b) in zip(blocks, try logits(recipe)) { #expect(abs(a - b) < 1e-5) }
  }

  @Test("perceptrons and convolutions learn", arguments: [BlockFunction.mlp, .dwconv])
  func learn(_ function: BlockFunction) throws {
    var recipe = recipe(.lae)
    recipe.function = function
    recipe.rank = 6
    recipe.pooling = .mean
    recipe.epochs = 40
    let data = DrawnFeatures.data(.direction, train: 48, validation: 24)
    let head = try TrainingRun.run(recipe, data: data, seed: 0, threads: 2)
    #expect(head.trial.epochs.last!.loss < 0.7 * head.trial.epochs.first!.loss)
    #expect(head.trial.validation.accuracy > 0.45)
  }

  @Test("blocks that could change nothing, or whose map is not known, are refused")
  func impossibleBlocks() {
    func code(_ pooling: Pooling, _ data: TrainingData<Classes>) -> ErrorCode? {
      var recipe = recipe(.lae)
      (recipe.function, recipe.pooling) = (.dwconv, pooling)
      do { _ = try TrainingRun.run(recipe, data: data, seed: 0, threads: 1) } catch {
        return (error as? MISTError)?.code
      }
      return nil
    }
    let data = DrawnFeatures.data(.direction, train: 4, validation: 3)
    #expect(code(.cls, data) == .trainingImpossibleNetwork)
    #expect(
      code(.mean, DrawnFeatures.data(.direction, train: 4, validation: 3, hasGrid: false))
        == .trainingImpossibleNetwork)
    #expect(code(.mean, data) == nil)
  }

  @Test("queries find the marked token without any block, as the class token cannot")
  func attentive() throws {
    let data = DrawnFeatures.data(.marked, train: 120, validation: 60)
    func accuracy(_ pooling: Pooling) throws -> Double {
      var recipe = recipe(.linear)
      recipe.pooling = pooling
      recipe.epochs = 25
      return try TrainingRun.run(recipe, data: data, seed: 0, threads: 2).trial.validation.accuracy
    }
    let without = try accuracy(.cls)
    let with = try accuracy(.attentive(AttentiveShape(queries: 4)))
    #expect(with > without + 0.3, "\(with) against \(without)")
  }

  @Test("queries that do not divide the channels are refused before anything is trained")
  func impossible() {
    var recipe = recipe(.linear)
    recipe.pooling = .attentive(AttentiveShape(queries: 3))
    let data = DrawnFeatures.data(.marked, train: 6, validation: 3)
    #expect {
      try TrainingRun.run(recipe, data: data, seed: 0, threads: 1)
    } throws: { ($0 as? MISTError)?.code == .trainingImpossibleNetwork }
  }

  @Test(
    "the same seed gives the same numbers with any number of threads", arguments: [Float(1), 0.5],
    [Pooling.cls, .attentive(AttentiveShape(queries: 2, division: 2))])
  func threads(_ fraction: Float, _ pooling: Pooling) throws {
    var recipe = recipe(.lae)
    recipe.pooling = pooling
    recipe.epochs = 2
    recipe.dropout = 0.3
    recipe.weightDecay = 0.1
    recipe.labelSmoothing = 0.1
    recipe.tokenFraction = fraction
    let data = DrawnFeatures.data(.marked, train: 30, validation: 9)
    let heads = try [1, 2, 3, 4].map { try TrainingRun.run(recipe, data: data, seed: 7, threads: $0) }
    for head in heads.dropFirst() {
      #expect(head.parameters == heads[0].parameters)
      #expect(head.trial.validation.loss == heads[0].trial.validation.loss)
    }
    let other = try TrainingRun.run(recipe, data: data, seed: 8, threads: 2)
    #expect(other.parameters != heads[0].parameters)
  }

  @Test("the best epoch is kept, and patience ends a run")
  func patience() throws {
    var recipe = recipe(.linear)
    recipe.epochs = 60
    recipe.patience = 3
    let data = DrawnFeatures.data(.direction, train: 48, validation: 24)
    let trial = try TrainingRun.run(recipe, data: data, seed: 0, threads: 1).trial
    let kept = try #require(trial.epochs.first { $0.epoch == trial.keptEpoch })
    #expect(kept.validation.score == trial.epochs.map(\.validation.score).max())
    #expect(kept.validation.score == trial.validation.accuracy)
    #expect(trial.epochs.count == 60 || trial.epochs.count == trial.keptEpoch + 3)
    recipe.keep = .last
    recipe.patience = 0
    recipe.epochs = 4
    #expect(try TrainingRun.run(recipe, data: data, seed: 0, threads: 1).trial.keptEpoch == 4)
  }

  @Test("a loss that is not finite ends training with an error")
  func diverged() {
    var recipe = recipe(.lae)
    recipe.rate = 1e30
    #expect(throws: (any Error).self) {
      try TrainingRun.run(
        recipe, data: DrawnFeatures.data(.marked, train: 30, validation: 9), seed: 0, threads: 1)
    }
  }
}
