#if !MIST_WITHOUT_TUNING
  import CEdgeIO
  import MISTEdge

  /// A head in training, with everything that its samples pass through: one sample at a time, and nothing allocated from epoch to epoch.
  final class TuneRun {
    let options: TuneOptions
    let shape: NetworkShape
    let step: TrainingStep<RuntimeKernels>
    /// The parameters of the best epoch so far.
    let best: FloatBuffer
    private let train: LabelledSamples
    private let indices: [Int]
    private let validation: TuneValidation
    private let worker: Worker
    private let labels: BatchLabels
    private let batch: Int
    private let isSegmentation: Bool

    init(_ data: TuneData, _ bundle: EdgeBundle, _ shape: NetworkShape, _ options: TuneOptions) {
      self.options = options
      self.shape = shape
      let table = ParameterTable(shape)
      let parameters = FloatBuffer(table.count)
      bundle.weights.withParameters {
        table.adopt($0, of: bundle.weights.table, into: parameters.pointer)
      }
      step = TrainingStep(shape, parameters, lanes: 1)
      best = FloatBuffer(table.count)
      isSegmentation = bundle.task == .segmentation
      batch = options.batch ?? (isSegmentation ? 8 : 32)
      train = data.train
      indices = data.trained
      validation = TuneValidation(data.validation, data.validated, bundle, shape)
      worker = Worker(0, shape, tokens: nil, training: true)
      let size = bundle.source.maps?.size
      labels = BatchLabels(
        shape, maskSize: size, samples: min(batch, indices.count), smoothing: options.labelSmoothing)
    }

    func score() throws(Failure) -> TuneScore { try validation.score(step.network, worker) }

    /// Starts the classes from `known` on by what the classifier reads of their samples.
    func startClasses(from known: Int, _ names: [Argument]) throws(Failure) {
      step.lanes[0].clear()
      for place in 0..<indices.count {
        guard try labels.begin(indices[place...place], of: train) else { continue }
        try train.load(indices[place], into: worker.scratch.inputs)
        step.network.forward(scratch: worker.scratch, into: worker.logits.pointer)
        labels.indicate(0, worker.logits.pointer)
        step.network.backward(
          dLogits: worker.logits.pointer, scratch: worker.scratch, into: step.lanes[0].gradient)
      }
      let means = ClassMeans(shape, step.network.table, sums: step.sums())
      for index in known..<shape.classes {
        guard means.count(index) > 0 else {
          throw .untunable(
            "tune.class-without-samples", "none of the samples to train on is of this class",
            names[index - known])
        }
        means.start(index, known: known, step.parameters.pointer)
      }
      step.network.prepare(step.parameters.pointer)
    }

    /// Draws all parameters by the seed, as `mist train` does.
    func restart() {
      Initialisation.fill(step.parameters.pointer, step.network.table, seed: UInt64(options.seed))
      step.network.prepare(step.parameters.pointer)
    }

    /// Runs epoch `number`, from 0; returns the mean loss and the fraction of right predictions as met on the way, nil where the loss is no
    /// longer finite.
    func epoch(_ number: Int) throws(Failure) -> (loss: Double, accuracy: Double)? {
      let seed = UInt64(options.seed)
      var random = CounterRandom(seed: seed, .order, number)
      let order = random.permutation(indices.count).map { indices[$0] }
      let stepsPerEpoch = (order.count + batch - 1) / batch
      var (loss, counted, correct, predictions) = (0.0, 0, 0, 0)
      let lane = step.lanes[0]
      for part in 0..<stepsPerEpoch {
        let samples = order[part * batch..<min((part + 1) * batch, order.count)]
        guard try labels.begin(samples, of: train) else { continue }
        lane.clear()
        for (place, index) in samples.enumerated() where labels.hasLabel(place) {
          try train.load(index, into: worker.scratch.inputs)
          var random = CounterRandom(seed: seed, .sample, number, index)
          let masks = worker.drawMasks(
            options.dropout, attention: shape.pooling?.attentionDropout ?? 0, &random)
          step.add(to: 0, worker, tokens: nil, masks: masks) { labels.loss(place, $0) }
        }
        loss += lane.loss
        correct += lane.correct
        counted += labels.count
        predictions += labels.predictions
        guard loss.isFinite else { return nil }
        step.apply(
          rate: rate(number * stepsPerEpoch + part, of: stepsPerEpoch * options.epochs),
          weightDecay: options.weightDecay ?? (isSegmentation ? 0.01 : 0))
      }
      guard counted > 0 else {
        throw .untunable(
          "tune.no-labels", "no sample has a label where the head's output has a position", nil)
      }
      return (loss / Double(counted), Double(correct) / Double(max(1, predictions)))
    }

    private func rate(_ step: Int, of steps: Int) -> Float {
      isSegmentation
        ? PolySchedule(rate: options.rate, steps: steps)[step]
        : CosineSchedule(rate: options.rate, steps: steps)[step]
    }
  }
#endif
