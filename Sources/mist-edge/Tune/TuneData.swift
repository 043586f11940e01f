#if !MIST_WITHOUT_TUNING
  import MISTEdge

  /// What a head is trained on, and what it is measured on.
  struct TuneData {
    let train: LabelledSamples
    /// Of `train`, ascending.
    let trained: [Int]
    let validation: LabelledSamples
    /// Of `validation`, ascending.
    let validated: [Int]

    /// The samples of `shards` and of the options' shards to validate on; without these a fifth of the samples, drawn by the seed, is set apart.
    init(
      _ shards: [Argument], _ bundle: EdgeBundle, _ shape: NetworkShape, _ options: TuneOptions
    ) throws(Failure) {
      train = try LabelledSamples(shards, bundle, shape)
      guard options.validation.isEmpty else {
        validation = try LabelledSamples(options.validation, bundle, shape)
        trained = Array(0..<train.count)
        validated = Array(0..<validation.count)
        guard !trained.isEmpty, !validated.isEmpty else { throw Self.tooFew }
        return
      }
      guard bundle.task == .classification else {
        throw .usage("segmentation needs --val: samples may be views of one image", nil)
      }
      let count = train.count
      guard count > 1 else { throw Self.tooFew }
      validation = train
      var random = CounterRandom(seed: UInt64(options.seed), .holdout)
      let order = random.permutation(count)
      let held = min(max(1, (2 * count + 5) / 10), count - 1)
      var isHeld = [Bool](repeating: false, count: count)
      for index in order[0..<held] { isHeld[index] = true }
      trained = (0..<count).filter { !isHeld[$0] }
      validated = (0..<count).filter { isHeld[$0] }
    }

    private static var tooFew: Failure {
      .untunable(
        "tune.too-few-samples", "there must be a sample to train on and one to validate on", nil)
    }

    func add(to print: inout Fingerprint) throws(Failure) {
      try train.add(to: &print)
      for index in validated { print.add(index) }
      if validation !== train { try validation.add(to: &print) }
    }
  }
#endif
