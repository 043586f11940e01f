#if !MIST_WITHOUT_TUNING
  import MISTEdge

  /// What the samples of a batch are labelled with, and the loss of a head's logits against that.
  ///
  /// Classification has a class per sample, and the batch's loss is their mean; segmentation a class or none per position of the grid on
  /// which logits are formed, and the loss is the mean over all that have one. Label smoothing is classification's alone.
  final class BatchLabels {
    private let shape: NetworkShape
    private let smoothing: Float
    private let grid: LabelGrid?
    /// Per sample its class, or `[grid]` classes.
    private var classes: [Int] = []
    private let positions: UnsafeMutablePointer<UInt8>
    private var labelled: [Int] = []
    /// Factor of every sample's gradient.
    private(set) var weight: Float = 1
    /// What the sum of the batch's losses is divided by in the mean of an epoch.
    private(set) var count = 0
    /// Samples, or positions, that a prediction is right or wrong of.
    private(set) var predictions = 0

    /// For batches of up to `samples`.
    init(_ shape: NetworkShape, maskSize: MapSize?, samples: Int, smoothing: Float) {
      self.shape = shape
      self.smoothing = smoothing
      grid = maskSize.map { LabelGrid($0, shape) }
      positions = .allocate(capacity: max(1, samples * (grid?.count ?? 0)))
    }

    deinit { positions.deallocate() }

    /// Reads the labels of the samples `batch`; false where they say nothing.
    func begin(_ batch: ArraySlice<Int>, of samples: LabelledSamples) throws(Failure) -> Bool {
      classes.removeAll(keepingCapacity: true)
      labelled.removeAll(keepingCapacity: true)
      guard let grid else {
        for index in batch { classes.append(try samples.label(index) ?? 0) }
        (weight, count, predictions) = (1 / Float(batch.count), batch.count, batch.count)
        return true
      }
      predictions = 0
      for (place, index) in batch.enumerated() {
        let mask = try samples.mask(index)?.bytes.baseAddress
        guard let mask else { return false }
        let valid = grid.sample(
          mask.assumingMemoryBound(to: UInt8.self), classes: shape.classes,
          into: positions + place * grid.count)
        labelled.append(valid)
        predictions += valid
      }
      // Losses come weighted, so that a batch's sum is its mean.
      (weight, count) = (1 / Float(max(1, predictions)), 1)
      return predictions > 0
    }

    /// Whether the sample at `place` in the batch says anything.
    func hasLabel(_ place: Int) -> Bool { grid == nil || labelled[place] > 0 }

    /// The loss of `logits` `[outputCount, classes]`, which become their gradient, and how many predictions are right.
    func loss(_ place: Int, _ logits: UnsafeMutablePointer<Float>) -> (loss: Double, correct: Int) {
      guard let grid else {
        let best = Prediction.next(logits, count: shape.classes, after: nil)
        let loss = SoftmaxCrossEntropy.loss(
          logits: logits, classes: shape.classes, label: classes[place], smoothing: smoothing, weight: weight,
          dLogits: logits)
        return (Double(loss), best == classes[place] ? 1 : 0)
      }
      let result = MapCrossEntropy.loss(
        logits: logits, labels: positions + place * grid.count, positions: grid.count, classes: shape.classes,
        weight: weight, dLogits: logits)
      return (Double(result.loss), result.correct)
    }

    /// Makes `logits` the gradient whose sums `ClassMeans` is of: 1 at every label, else 0.
    func indicate(_ place: Int, _ logits: UnsafeMutablePointer<Float>) {
      logits.update(repeating: 0, count: shape.logitCount)
      guard let grid else {
        logits[classes[place]] = 1
        return
      }
      for position in 0..<grid.count {
        let label = Int(positions[place * grid.count + position])
        if label < shape.classes { logits[position * shape.classes + label] = 1 }
      }
    }
  }
#endif
