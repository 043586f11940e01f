import MISTEdge
import MISTFormats

/// Trains one head: AdamW, cosine schedule per step, samples in parallel.
///
/// A batch is dealt to `lanes` sums of gradients in a fixed order and these are added in a fixed order, and every random choice
/// has its own generator, so the result does not depend on the number of threads. Memory: parameters, Adam's two moments,
/// one gradient per lane, and scratch per thread; no features.
public final class HeadTrainer {
  public static let lanes = 4

  public let recipe: Recipe
  public let shape: NetworkShape
  public let seed: UInt64
  /// In the order of `ParameterTable`.
  public private(set) var parameters: [Float]

  private let network: EdgeNetwork<BLASKernels>
  private let optimiser: AdamW
  private let lanes: [GradientLane]
  private let workers: [TrainingWorker]
  private let tokensPerStep: Int
  private var gradient: [Float]
  private var step = 0

  /// - Parameters:
  ///   - shape: The recipe's shape for the features to train on.
  ///   - threads: Samples worked on at a time; at most `lanes` are of use.
  public init(recipe: Recipe, shape: NetworkShape, seed: UInt64, threads: Int) {
    self.recipe = recipe
    self.shape = shape
    self.seed = seed
    parameters = Initialisation.parameters(shape, seed: seed)
    network = EdgeNetwork(shape)
    network.prepare(parameters)
    optimiser = AdamW(count: parameters.count)
    gradient = [Float](repeating: 0, count: parameters.count)
    lanes = (0..<Self.lanes).map { _ in GradientLane(shape) }
    let tokens = network.usedTokens(recipe.tokensPerStep(shape.tokens))
    tokensPerStep = tokens
    // A linear probe's samples cost less than waking a thread.
    let useful = tokens == 1 ? 1 : max(1, min(threads, Self.lanes))
    workers = (0..<useful).map { _ in TrainingWorker(shape, tokens: tokens, training: true) }
  }

  /// Runs epoch `epoch` (from 0) over `data`. Returns the mean training loss and accuracy, as met during the epoch.
  /// Throws what reading features throws, and `training.diverged` when the loss is not finite.
  public func runEpoch(_ epoch: Int, _ data: FeatureSubset) throws -> (loss: Double, accuracy: Double) {
    var random = CounterRandom(seed: seed, .order, epoch)
    let order = random.permutation(data.count).map { data.indices[$0] }
    let batches = (order.count + recipe.batch - 1) / recipe.batch
    let schedule = CosineSchedule(rate: recipe.rate, steps: batches * recipe.epochs)
    var loss = 0.0
    var correct = 0
    for start in stride(from: 0, to: order.count, by: recipe.batch) {
      let batch = order[start..<min(start + recipe.batch, order.count)]
      try sumGradients(epoch, data.features, batch)
      for lane in lanes {
        loss += lane.loss
        correct += lane.correct
      }
      guard loss.isFinite else {
        throw MISTError(
          .trainingDiverged, "the loss is no longer finite in epoch \(epoch + 1)",
          advice: "lower the learning rate")
      }
      applyGradients(rate: schedule[step])
      step += 1
    }
    let count = Double(max(order.count, 1))
    return (loss / count, Double(correct) / count)
  }

  private func sumGradients(_ epoch: Int, _ features: any LabelledFeatures, _ batch: ArraySlice<Int>) throws {
    let weight = 1 / Float(batch.count)
    nonisolated(unsafe) let trainer = self
    let workers = workers
    let lanes = lanes
    parallel(workers.count) { thread in
      for lane in stride(from: thread, to: lanes.count, by: workers.count) {
        lanes[lane].clear()
        for i in stride(from: batch.startIndex + lane, to: batch.endIndex, by: lanes.count) {
          do {
            try trainer.addSample(epoch, features, batch[i], weight, workers[thread], lanes[lane])
          } catch {
            workers[thread].failure = error
            return
          }
        }
      }
    }
    for worker in workers {
      if let failure = worker.failure {
        worker.failure = nil
        throw failure
      }
    }
  }

  private func addSample(
    _ epoch: Int, _ features: any LabelledFeatures, _ index: Int, _ weight: Float, _ worker: TrainingWorker,
    _ lane: GradientLane
  ) throws {
    var random = CounterRandom(seed: seed, .sample, epoch, index)
    if tokensPerStep == 1 || tokensPerStep == shape.tokens {
      try worker.readAll(features, index, recipe.feature)
    } else {
      try worker.readSome(features, index, recipe.feature, of: shape.tokens, &random)
    }
    var masks = DropoutMasks()
    if recipe.dropout > 0 {
      worker.drawMask(recipe.dropout, &random)
      masks.classifierInput = UnsafePointer(worker.mask.pointer)
    }
    let label = features.label(index)
    let (logits, dLogits) = (worker.logits.pointer, worker.dLogits.pointer)
    network.forward(tokens: tokensPerStep, scratch: worker.scratch, masks: masks, into: logits)
    lane.loss += Double(
      SoftmaxCrossEntropy.loss(
        logits: logits, classes: shape.classes, label: label, smoothing: recipe.labelSmoothing,
        weight: weight,
        dLogits: dLogits))
    if worker.prediction(classes: shape.classes) == label { lane.correct += 1 }
    network.backward(
      tokens: tokensPerStep, dLogits: dLogits, masks: masks, scratch: worker.scratch, into: lane.gradient)
  }

  private func applyGradients(rate: Float) {
    let sums = lanes.map { $0.gradient.buffer }
    let count = sums[0].count
    let chunk = (count + workers.count - 1) / workers.count
    nonisolated(unsafe) let buffers = sums.map(\.pointer)
    parallel(workers.count) { thread in
      let first = min(thread * chunk, count)
      let end = min(first + chunk, count)
      let (a, b, c, d) = (buffers[0], buffers[1], buffers[2], buffers[3])
      for i in first..<end { a[i] = (a[i] + b[i]) + (c[i] + d[i]) }
    }
    parameters.withUnsafeMutableBufferPointer { values in
      gradient.withUnsafeMutableBufferPointer { gradient in
        guard let values = values.baseAddress, let gradient = gradient.baseAddress else { return }
        network.unfold(lanes[0].gradient, parameters: values, into: gradient)
        optimiser.step(
          values, gradient: gradient, network.table, rate: rate, weightDecay: recipe.weightDecay)
        network.prepare(values)
      }
    }
  }
}

extension ErrorCode {
  public static let trainingDiverged = ErrorCode("training.diverged")
}
