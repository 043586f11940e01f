import MISTEdge
import MISTFormats

/// Trains one head: AdamW, a learning rate per step, samples in parallel.
///
/// A batch is dealt to `lanes` sums of gradients in a fixed order and these are added in a fixed order, and every random choice
/// has its own generator, so the result does not depend on the number of threads. Memory: parameters, as they are and as the network
/// has them, Adam's two moments, one gradient per lane, the targets of a batch, and scratch per thread; no features.
package final class Trainer<Task: TuningTask> {
  package let recipe: Recipe<Task>
  package let shape: NetworkShape
  package let seed: UInt64
  private let head: any HeadInTraining
  private let objective: Task.Objective
  private let workers: [Worker]
  /// Tokens that a step gives to the network; nil for all.
  private let tokens: Int?
  private var step = 0

  /// In the order of the network's table.
  package var parameters: [Float] {
    Array(UnsafeBufferPointer(start: head.parameters.pointer, count: head.parameters.count))
  }

  /// - Parameters:
  ///   - shape: The recipe's shape for the features to train on.
  ///   - targets: Of the samples to train on.
  ///   - threads: Samples worked on at a time; at most as many as there are lanes are of use.
  ///   - start: What training goes on from; nil where everything is drawn.
  ///
  /// Throws what reading `start` throws.
  package init(
    recipe: Recipe<Task>, shape: NetworkShape, targets: Task.Targets, seed: UInt64, threads: Int,
    start: StartingWeights? = nil
  ) throws {
    self.recipe = recipe
    self.shape = shape
    self.seed = seed
    head = recipe.precision.step(
      shape, try Initialisation.parameters(shape, seed: seed) { try start?.values($0, count: $1) })
    let used = head.usedTokens(Task.tokensPerStep(recipe, of: shape.inputTokens))
    let tokens = used < shape.inputTokens ? used : nil
    self.tokens = tokens
    // A linear probe's samples cost less than waking a thread.
    let useful = used == 1 ? 1 : max(1, min(threads, shape.gradientLanes))
    workers = (0..<useful).map { Worker($0, shape, tokens: tokens, training: true) }
    objective = Task.Objective(recipe, shape, targets: targets, threads: useful)
  }

  /// Throws `memory.insufficient` when this machine has not what training by `recipe` on `samples` will take.
  static func requireMemory(_ recipe: Recipe<Task>, _ shape: NetworkShape, samples: Int, threads: Int) throws
  {
    let labels = MachineMemory.product([
      min(recipe.batch, samples), shape.dense == nil ? 8 : shape.outputCount,
    ])
    try HeadMemory.requireTraining(
      shape, threads: max(1, min(threads, shape.gradientLanes)), labelBytes: labels)
    // Validation takes samples on as many threads as it is given.
    try HeadMemory.requirePrediction(shape, threads: max(1, threads))
  }

  /// Runs epoch `epoch` (from 0) over `samples`. Returns the mean training loss and the fraction of right predictions, as met during
  /// the epoch. Throws what reading throws, `training.diverged` when the loss is not finite, and `training.no-targets`
  /// when no target says anything at the positions of the network's output.
  package func runEpoch(_ epoch: Int, _ samples: Samples<Task>) throws -> (loss: Double, accuracy: Double) {
    var random = CounterRandom(seed: seed, .order, epoch)
    let order = random.permutation(samples.count).map { samples.indices[$0] }
    let steps = (order.count + recipe.batch - 1) / recipe.batch * recipe.epochs
    var (loss, counted, correct, predictions) = (0.0, 0, 0, 0)
    for start in stride(from: 0, to: order.count, by: recipe.batch) {
      let batch = Array(order[start..<min(start + recipe.batch, order.count)])
      defer { step += 1 }
      guard let share = try objective.begin(batch, samples.targets) else { continue }
      try sumGradients(epoch, samples.features, batch, share.weight)
      for lane in head.lanes {
        loss += lane.loss
        correct += lane.correct
      }
      counted += share.count
      predictions += share.predictions
      guard loss.isFinite else {
        throw MISTError(
          .trainingDiverged, "the loss is no longer finite in epoch \(epoch + 1)",
          advice: "lower the learning rate")
      }
      head.apply(
        rate: recipe.schedule.rate(recipe.rate, step: step, of: steps), weightDecay: recipe.weightDecay,
        shares: workers.count, parts: inParallel)
    }
    guard counted > 0 else {
      throw MISTError(
        .trainingNoTargets, "no sample has a label where the head's output has a position",
        advice: Task.targetAdvice)
    }
    return (loss / Double(max(counted, 1)), Double(correct) / Double(max(predictions, 1)))
  }

  private func sumGradients(_ epoch: Int, _ features: any SplitFeatures, _ batch: [Int], _ weight: Float)
    throws
  {
    nonisolated(unsafe) let trainer = self
    let lanes = head.lanes
    try WorkerPool.forEach(lanes.count, workers: workers) { worker, lane in
      lanes[lane].clear()
      for place in stride(from: lane, to: batch.count, by: lanes.count)
      where trainer.objective.hasTarget(place) {
        try trainer.addSample(epoch, features, batch[place], place, weight, worker, lane)
      }
    }
  }

  private func addSample(
    _ epoch: Int, _ features: any SplitFeatures, _ index: Int, _ place: Int, _ weight: Float,
    _ worker: Worker, _ lane: Int
  ) throws {
    var random = CounterRandom(seed: seed, .sample, epoch, index)
    worker.drawTokens(of: shape.inputTokens, &random)
    try worker.read(features, index, recipe.feature)
    let masks = worker.drawMasks(recipe.dropout, attention: recipe.own.attentionDropout, &random)
    head.add(to: lane, worker, tokens: tokens, masks: masks) { logits in
      objective.loss(place, logits: logits, weight: weight)
    }
  }

  /// Calls `body` once for every number below `count`, on as many threads as there are workers.
  private func inParallel(_ count: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      // Its calls touch nothing in common.
      nonisolated(unsafe) let body = body
      do {
        try WorkerPool.forEach(count, workers: workers) { _, part in body(part) }
      } catch {
        preconditionFailure("nothing in there throws")
      }
    }
  }
}

extension Trainer {
  /// A predictor that shares the network, where that computes in f32, and the threads' memory, where they are as many and see all tokens.
  /// Not to be used while an epoch runs.
  package func predictor(threads: Int) -> Predictor<Task> {
    let own = tokens == nil && workers.count == max(1, threads) ? workers : nil
    return Predictor(
      head.predicting ?? EdgeNetwork(shape), feature: recipe.feature, threads: threads, workers: own)
  }
}

extension ErrorCode {
  package static let trainingDiverged = ErrorCode("training.diverged")
}
