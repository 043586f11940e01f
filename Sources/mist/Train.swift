import ArgumentParser
import Foundation
import MISTFeatures
import MISTFormats
import MISTTuning

extension SearchSpace.Methods: ExpressibleByArgument {}
extension SearchSpace.Style: ExpressibleByArgument {}

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train an edge network on stored features.",
    discussion: """
      Chooses method (linear probe or LAE), gather depth, learning rate and regularisation on the val split, or on a
      fifth of train when there is none. Every option below replaces a list of candidates by what it names. The recipe
      'plain' trains without regularisation and keeps the last epoch. The same seed gives the same head, whatever the
      number of threads.

      Examples:
        mist train features -o head.safetensors
        mist train features -o head.safetensors --method lae --k 8,12 --lr 1e-3 --epochs 50 --seed 0,1,2
      """)

  @Argument(help: "A feature store.")
  var features: String

  @Option(name: .shortAndLong, help: "The head file to write.")
  var output: String

  @Option(help: "auto, linear or lae.")
  var method: SearchSpace.Methods = .auto

  @Option(help: "auto or plain.")
  var recipe: SearchSpace.Style = .auto

  @Option(help: "Gather depths to try, or 'final' for the final class token: 4,8,12 or final.")
  var k: String?

  @Option(help: "Peak learning rates to try: 1e-3,3e-3.")
  var lr: String?

  @Option(help: "Epochs of a full run.")
  var epochs = 100

  @Option(help: "Samples per step.")
  var batch = 32

  @Option(help: "Rank of an LAE block.")
  var rank = 32

  @Option(help: "LAE blocks.")
  var depth = 4

  @Option(help: "Pooling: cls or mean.")
  var pool = "cls"

  @Option(help: "Decoupled weight decay.")
  var weightDecay: Float?

  @Option(help: "Label smoothing, 0 to 1.")
  var labelSmoothing: Float?

  @Option(help: "Dropout before the classifier, 0 to 1.")
  var dropout: Float?

  @Option(help: "Fraction of the tokens that a training step sees, 0 to 1.")
  var tokens: Float?

  @Flag(inversion: .prefixedNo, help: "A trainable LayerNorm on the input; by default validation decides.")
  var inputNorm: Bool?

  @Option(help: "Stop after this many epochs without a better validation result; 0 never does.")
  var patience: Int?

  @Option(help: "Seeds: the search uses the first, and the chosen recipe is trained with each.")
  var seed = "0"

  @Option(help: "Threads; by default one per processor.")
  var threads: Int?

  @Option(help: "Write everything that happened to this file, as JSON.")
  var log: String?

  func validate() throws {
    _ = try space()
    _ = try seeds()
    for (name, value) in [("epochs", epochs), ("batch", batch), ("threads", threads ?? 1)] where value < 1 {
      throw ValidationError("--\(name) must be at least 1.")
    }
    guard (1...4096).contains(rank), (1...64).contains(depth) else {
      throw ValidationError("--rank must be within 1…4096 and --depth within 1…64.")
    }
    guard ["cls", "mean"].contains(pool) else { throw ValidationError("--pool is cls or mean.") }
    for (name, value) in [("label-smoothing", labelSmoothing), ("dropout", dropout)] {
      if let value, !(0..<1).contains(value) {
        throw ValidationError("--\(name) must be at least 0 and below 1.")
      }
    }
    if let tokens, !(tokens > 0 && tokens <= 1) {
      throw ValidationError("--tokens must be above 0 and at most 1.")
    }
    if let weightDecay, !(weightDecay >= 0 && weightDecay.isFinite) {
      throw ValidationError("--weight-decay must not be negative.")
    }
    if let patience, patience < 0 { throw ValidationError("--patience must not be negative.") }
  }

  func run() throws {
    let store = try FeatureStore(path: features)
    // A place that cannot be written must not be found out after the work.
    for path in [output, log].compactMap({ $0 }) { try AtomicFile(path: path).abort() }
    let seeds = try seeds()
    let (data, note) = try TrainingData.open(store, seed: seeds[0])
    if let note { Console.note(note) }
    let manifest = store.manifest
    Console.line(
      "\(data.train.count) training and \(data.validation.count) validation samples, \(data.classes) classes, "
        + "[\(manifest.tokens), \(manifest.channels)] \(manifest.dtype.rawValue)")
    let report = TrainingReport()
    let start = ContinuousClock.now
    let result = try Search(
      space: try space(), data: data, seeds: seeds, threads: threads ?? ProcessFacts.processors,
      observe: report.observe
    ).run()
    let seconds = (ContinuousClock.now - start).seconds
    let best = result.head
    let head = try Head(
      description: HeadDescription(
        shape: best.shape, feature: best.trial.recipe.feature, classes: manifest.classes,
        model: .init(hash: manifest.model.hash, source: manifest.model.source),
        preprocessing: manifest.preprocessing, featureDType: manifest.dtype.rawValue,
        training: .init(best.trial, data: data)),
      parameters: best.parameters)
    try head.write(to: output)
    if let log {
      let record = TrainingLog(
        features: features, result: result, seconds: seconds, ownMemory: report.ownMemory)
      try record.write(to: log)
    }
    report.summary(result, data: data, seconds: seconds, output: output)
  }

  private func space() throws -> SearchSpace {
    var space = SearchSpace()
    space.style = recipe
    space.methods = method
    space.features = try k.map { try Self.list($0, "k", Self.feature) }
    space.rates = try lr.map {
      try Self.list($0, "lr") { Float($0).flatMap { $0 > 0 && $0.isFinite ? $0 : nil } }
    }
    space.epochs = epochs
    space.batch = batch
    space.depth = depth
    space.rank = rank
    space.pooling = pool
    space.inputNorm = inputNorm
    space.weightDecay = weightDecay
    space.labelSmoothing = labelSmoothing
    space.dropout = dropout
    space.tokenFraction = tokens
    space.patience = patience
    return space
  }

  private func seeds() throws -> [UInt64] { try Self.list(seed, "seed") { UInt64($0) } }

  private static func feature(_ text: String) -> FeatureChoice? {
    text == "final" ? .final : Int(text).flatMap { $0 > 0 ? .gather($0) : nil }
  }

  private static func list<Value>(_ text: String, _ name: String, _ parse: (String) -> Value?) throws
    -> [Value]
  {
    try text.split(separator: ",", omittingEmptySubsequences: false).map {
      guard let value = parse($0.trimmingCharacters(in: .whitespaces)) else {
        throw ValidationError("--\(name): '\($0)' is not a value for it.")
      }
      return value
    }
  }
}
