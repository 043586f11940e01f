#if !MIST_WITHOUT_TUNING
  import MISTEdge

  /// How well a head does on the samples that validate it.
  struct TuneScore {
    /// Right predictions, of samples or of a mask's pixels, and of how many.
    var correct = 0
    var count = 0
    /// Mean IoU; of classification the accuracy again: what heads are compared by.
    var score = 0.0
    /// Mean cross-entropy, which decides between equals.
    var loss = 0.0

    var accuracy: Double { Double(correct) / Double(max(1, count)) }

    func isBetter(than other: TuneScore) -> Bool {
      score > other.score || score == other.score && loss < other.loss
    }
  }

  /// Measures heads on some samples, without a sample's features in memory but one's.
  final class TuneValidation {
    private let samples: LabelledSamples
    private let indices: [Int]
    private let shape: NetworkShape
    private let labels: BatchLabels
    /// Of segmentation.
    private let map: ClassMap?
    private let row: FloatBuffer
    private let agreement: MapAgreement

    init(_ samples: LabelledSamples, _ indices: [Int], _ bundle: EdgeBundle, _ shape: NetworkShape) {
      self.samples = samples
      self.indices = indices
      self.shape = shape
      let size = bundle.source.maps?.size
      labels = BatchLabels(shape, maskSize: size, samples: 1, smoothing: 0)
      if let size, let dense = shape.dense {
        map = ClassMap(
          gridHeight: dense.height, gridWidth: dense.width, classes: shape.classes, height: size.height,
          width: size.width)
      } else {
        map = nil
      }
      // A byte per pixel of a row.
      row = FloatBuffer(((size?.width ?? 0) + 3) / 4)
      agreement = MapAgreement(classes: map == nil ? 0 : shape.classes)
    }

    /// The score of `network`, in the memory of `worker`.
    func score(
      _ network: EdgeNetwork<RuntimeKernels>, _ worker: Worker
    ) throws(Failure) -> TuneScore {
      var score = TuneScore()
      var (loss, counted) = (0.0, 0)
      agreement.clear()
      for place in 0..<indices.count {
        let hasLabels = try labels.begin(indices[place...place], of: samples)
        let mask = try samples.mask(indices[place])
        try samples.load(indices[place], into: worker.scratch.inputs)
        network.forward(scratch: worker.scratch, into: worker.logits.pointer)
        if let mask { count(worker.logits.pointer, mask) }
        guard hasLabels else { continue }
        let result = labels.loss(0, worker.logits.pointer)
        loss += result.loss
        counted += 1
        score.correct += result.correct
      }
      score.loss = loss / Double(max(1, counted))
      score.count = indices.count
      if map != nil { (score.correct, score.count) = (agreement.correct, agreement.pixels) }
      score.score = map == nil ? score.accuracy : agreement.meanIoU.value
      return score
    }

    private func count(_ logits: UnsafePointer<Float>, _ mask: Mask) {
      guard let map else { return }
      row.pointer.withMemoryRebound(to: UInt8.self, capacity: 4 * row.count) { row in
        for y in 0..<map.height {
          map.row(y, of: logits, into: row)
          agreement.row(row, width: map.width, mask: mask, y: y, height: map.height)
        }
      }
    }
  }
#endif
