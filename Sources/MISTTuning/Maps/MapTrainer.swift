import MISTEdge
import MISTFormats

/// Trains one head on maps: AdamW, polynomial schedule per step, images in parallel, mean cross-entropy over the labelled
/// positions of the batch.
///
/// As in `HeadTrainer`, a batch is dealt to lanes in a fixed order and every random choice has its own generator, so the
/// result does not depend on the number of threads. Memory: parameters, Adam's two moments, one gradient per lane, the labels of a
/// batch, and scratch per thread; no features.
public final class MapTrainer {
  public static let lanes = 4

  public let recipe: MapRecipe
  public let shape: NetworkShape
  public let seed: UInt64
  /// In the order of `ParameterTable`.
  public private(set) var parameters: [Float]

  private let network: EdgeNetwork<BLASKernels>
  private let optimiser: AdamW
  private let lanes: [MapLane]
  private let workers: [MapWorker]
  private let grid: LabelGrid
  /// Labels of a batch `[batch, H'·W']` and how many of each image's are classes.
  private let labels: UnsafeMutableBufferPointer<UInt8>
  private let valid: UnsafeMutableBufferPointer<Int>
  private var gradient: [Float]
  private var step = 0

  /// - Parameters:
  ///   - shape: The recipe's shape for the maps to train on, with masks of `maskHeight` × `maskWidth` pixels.
  ///   - threads: Images worked on at a time; at most `lanes` are of use.
  public init(
    recipe: MapRecipe, shape: NetworkShape, maskHeight: Int, maskWidth: Int, seed: UInt64, threads: Int
  ) {
    self.recipe = recipe
    self.shape = shape
    self.seed = seed
    parameters = Initialisation.parameters(shape, seed: seed)
    network = EdgeNetwork(shape)
    network.prepare(parameters)
    optimiser = AdamW(count: parameters.count)
    gradient = [Float](repeating: 0, count: parameters.count)
    lanes = (0..<Self.lanes).map { _ in MapLane(shape) }
    workers = (0..<max(1, min(threads, Self.lanes))).map { _ in
      MapWorker(shape, maskPixels: maskHeight * maskWidth, training: true)
    }
    grid = LabelGrid(
      height: maskHeight, width: maskWidth, outputHeight: shape.outputSize.height,
      outputWidth: shape.outputSize.width)
    labels = .allocate(capacity: recipe.batch * grid.count)
    labels.initialize(repeating: 255)
    valid = .allocate(capacity: recipe.batch)
    valid.initialize(repeating: 0)
  }

  deinit {
    labels.deallocate()
    valid.deallocate()
  }

  /// Runs epoch `epoch` (from 0) over `data`. Returns the mean over the batches of the training loss, and the fraction of
  /// labelled positions that were right, as met during the epoch.
  /// Throws what reading throws, and `training.diverged` when the loss is not finite.
  public func runEpoch(_ epoch: Int, _ data: MapSubset) throws -> (loss: Double, accuracy: Double) {
    var random = CounterRandom(seed: seed, .order, epoch)
    let order = random.permutation(data.count).map { data.indices[$0] }
    let batches = (order.count + recipe.batch - 1) / recipe.batch
    let schedule = PolySchedule(
      rate: recipe.rate, steps: batches * recipe.epochs, power: recipe.power, warmup: recipe.warmup)
    var (loss, correct, labelled, counted) = (0.0, 0, 0, 0)
    for start in stride(from: 0, to: order.count, by: recipe.batch) {
      let batch = order[start..<min(start + recipe.batch, order.count)]
      let positions = try readLabels(data.maps, batch)
      defer { step += 1 }
      // A batch without a label has no loss.
      guard positions > 0 else { continue }
      try sumGradients(epoch, data.maps, batch, weight: 1 / Float(positions))
      for lane in lanes {
        loss += lane.loss
        correct += lane.correct
      }
      labelled += positions
      counted += 1
      guard loss.isFinite else {
        throw MISTError(
          .trainingDiverged, "the loss is no longer finite in epoch \(epoch + 1)",
          advice: "lower the learning rate")
      }
      applyGradients(rate: schedule[step])
    }
    return (loss / Double(max(counted, 1)), Double(correct) / Double(max(labelled, 1)))
  }

  /// Reads the labels of a batch; returns how many positions have one.
  private func readLabels(_ maps: any LabelledMaps, _ batch: ArraySlice<Int>) throws -> Int {
    let (workers, grid, classes) = (workers, grid, shape.classes)
    nonisolated(unsafe) let (labels, valid) = (labels, valid)
    parallel(workers.count) { thread in
      let worker = workers[thread]
      for i in stride(from: thread, to: batch.count, by: workers.count) {
        do {
          try maps.readMask(batch[batch.startIndex + i], into: worker.mask)
          guard let mask = worker.mask.baseAddress, let labels = labels.baseAddress else { return }
          valid[i] = grid.sample(mask, classes: classes, into: labels + i * grid.count)
        } catch {
          worker.failure = error
          return
        }
      }
    }
    try workers.rethrow()
    return valid.prefix(batch.count).reduce(0, +)
  }

  private func sumGradients(
    _ epoch: Int, _ maps: any LabelledMaps, _ batch: ArraySlice<Int>, weight: Float
  ) throws {
    nonisolated(unsafe) let trainer = self
    let (workers, lanes) = (workers, lanes)
    parallel(workers.count) { thread in
      for lane in stride(from: thread, to: lanes.count, by: workers.count) {
        lanes[lane].clear()
        for i in stride(from: lane, to: batch.count, by: lanes.count) where trainer.valid[i] > 0 {
          do {
            let index = batch[batch.startIndex + i]
            try workers[thread].read(maps, index, trainer.recipe.feature)
            trainer.addImage(epoch, index, place: i, weight, workers[thread], lanes[lane])
          } catch {
            workers[thread].failure = error
            return
          }
        }
      }
    }
    try workers.rethrow()
  }

  private func addImage(
    _ epoch: Int, _ index: Int, place: Int, _ weight: Float, _ worker: MapWorker, _ lane: MapLane
  ) {
    var masks = DropoutMasks()
    if recipe.dropout > 0, shape.classifierInput > 0 {
      var random = CounterRandom(seed: seed, .sample, epoch, index)
      worker.drawDropout(recipe.dropout, &random)
      masks.classifierInput = UnsafePointer(worker.dropout.pointer)
    }
    guard let labels = labels.baseAddress else { return }
    let logits = worker.logits.pointer
    network.forward(scratch: worker.scratch, masks: masks, into: logits)
    let result = MapCrossEntropy.loss(
      logits: logits, labels: labels + place * grid.count, positions: grid.count, classes: shape.classes,
      weight: weight, dLogits: logits)
    lane.loss += Double(result.loss)
    lane.correct += result.correct
    network.backward(dLogits: logits, masks: masks, scratch: worker.scratch, into: lane.gradient)
  }

  private func applyGradients(rate: Float) {
    nonisolated(unsafe) let sums = lanes.map(\.gradient.buffer.pointer)
    let count = lanes[0].gradient.buffer.count
    let chunk = (count + workers.count - 1) / workers.count
    parallel(workers.count) { thread in
      let (a, b, c, d) = (sums[0], sums[1], sums[2], sums[3])
      for i in min(thread * chunk, count)..<min((thread + 1) * chunk, count) {
        a[i] = (a[i] + b[i]) + (c[i] + d[i])
      }
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
