import MISTEdge
import MISTFeatures
import MISTFormats
import MISTTuning

/// A head as bundles of every element type, and how well its weights do as each stores them.
package struct BundleVariants: Sendable {
  package struct Variant: Sendable {
    package let type: StoredType
    package let bundle: EncodedBundle
    /// A fraction, on the validation samples, with its standard error where that is known.
    package let score: Double
    package let error: Double?
    /// How much less than f32's the score is.
    package let drop: Double
  }

  /// f32 first; without a type that cannot hold the head's weights.
  package let all: [Variant]
  /// Why a type is missing, and what the samples are where the store has no `val` split: for people.
  package let notes: [String]
  /// What the head costs a device, per image.
  package let cost: NetworkCost
  /// What the score is called: `accuracy`, `mIoU`.
  package let scoreLabel: String

  /// Of `head`, measured on what `store` validates with, `threads` samples at a time.
  ///
  /// Throws `Head.check`'s codes for features of another kind, `evaluation.not-finite`, and what encoding and reading throw.
  package init(_ head: Head, golden: GoldenSize, input: GoldenInput?, on store: FeatureStore, threads: Int)
    throws
  {
    try head.check(store)
    try HeadMemory.requirePrediction(head.shape, threads: threads)
    self = try Self.measured(
      TaskRegistry.task(head.description.task), head, golden: golden, input: input, store, threads: threads)
  }

  private init(all: [Variant], notes: [String], cost: NetworkCost, scoreLabel: String) {
    self.all = all
    self.notes = notes
    self.cost = cost
    self.scoreLabel = scoreLabel
  }

  private static func measured<Task: TuningTask>(
    _ task: Task.Type, _ head: Head, golden: GoldenSize, input: GoldenInput?, _ store: FeatureStore,
    threads: Int
  ) throws -> Self {
    let (data, note) = try TrainingData<Task>.open(store, seed: head.description.training?.seed ?? 0)
    let predictor = Predictor<Task>(shape: head.shape, feature: head.description.feature, threads: threads)
    let contents = try BundleContents(head)
    var (all, label): ([Variant], String?) = ([], nil)
    var notes = note.map { [$0] } ?? []
    for type in [StoredType.f32, .f16, .int8] {
      let bundle: EncodedBundle
      do {
        bundle = try BundleWriter(type: type, golden: golden).encode(contents, input: input)
      } catch let error as MISTError where error.code == .exportUnrepresentable && type != .f32 {
        notes.append("no bundle of \(type) is possible: \(error.problem)")
        continue
      }
      let evaluation = try bundle.read { read in
        guard read.takesIntegers, data.validation.features.hasCodes(predictor.feature) else {
          let parameters = read.weights.withParameters {
            Array(UnsafeBufferPointer(start: $0, count: read.weights.count))
          }
          return try predictor.evaluate(data.validation, parameters: parameters)
        }
        notes.append(
          "int8 is measured with products of integers, as a device forms them on these int8 features")
        return try Predictor<Task>(integers: read, feature: predictor.feature, threads: threads)
          .evaluate(data.validation, parameters: [])
      }
      try evaluation.checkFinite(file: store.path, at: "weights as \(type)")
      label = evaluation.figures.first?.label
      all.append(
        Variant(
          type: type, bundle: bundle, score: evaluation.score, error: evaluation.scoreError,
          drop: (all.first?.score ?? evaluation.score) - evaluation.score))
    }
    return Self(
      all: all, notes: notes, cost: data.cost(head.shape, on: head.description.feature),
      scoreLabel: label ?? "score")
  }

  /// The smallest that loses at most `points` hundredths; f32 where no other does.
  package func smallest(within points: Double) -> Variant? {
    // A score is a sum of fractions: equal ones may differ by the last bit.
    all.filter { 100 * $0.drop <= points + 1e-9 || $0.type == .f32 }
      .min { $0.bundle.bytes.count < $1.bundle.bytes.count }
  }
}

extension EncodedBundle {
  /// What `body` gives for the bundle as a device reads it.
  fileprivate func read<Value>(_ body: (EdgeBundle) throws -> Value) throws -> Value {
    try bytes.withUnsafeBytes { try body(BundleWriter.read($0)) }
  }
}
