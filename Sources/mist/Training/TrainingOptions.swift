import ArgumentParser
import MISTTuning

extension SearchStyle: ExpressibleByArgument {}

extension TrainingPrecision: ExpressibleByArgument {}

extension CostBudget: ExpressibleByArgument {
  public init?(argument: String) { self.init(option: argument) }
}

/// Options that every command has which trains heads.
struct TrainingOptions: ParsableArguments {
  @Option(help: "auto or plain.")
  var recipe: SearchStyle = .auto

  @Option(help: "Peak learning rates to try: 1e-3,3e-3.")
  var lr: String?

  @Option(help: "Epochs of a full run. Default: 100 for classification, 40 for segmentation.")
  var epochs: Int?

  @Option(help: "Images per step. Default: 32 for classification, 8 for segmentation.")
  var batch: Int?

  @Option(help: "Rank of a block, of mlp blocks the hidden width. Default: 32, of mlp blocks 64.")
  var rank: Int?

  @Option(help: "Blocks. Default: 4.")
  var depth: Int?

  @Option(help: "Decoupled weight decay.")
  var weightDecay: Float?

  @Option(help: "Dropout before the classifier, 0 to 1.")
  var dropout: Float?

  @Flag(inversion: .prefixedNo, help: "A trainable LayerNorm on the input; by default validation decides.")
  var inputNorm: Bool?

  @Option(help: "Stop after this many epochs without a better validation result; 0 never does.")
  var patience: Int?

  @Option(
    help:
      "In what a step multiplies matrices: f32, or bf16, which is faster and falls back to f32 without such instructions."
  )
  var precision: TrainingPrecision = .f32

  @Option(help: "Threads; by default one per processor.")
  var threads: Int?

  func validate() throws {
    _ = try rates()
    try NumberOption.check("epochs", epochs, TrainingLimits.epochs)
    try NumberOption.check("batch", batch, TrainingLimits.batch)
    try NumberOption.check("threads", threads, NumberOption.threads)
    try NumberOption.check("rank", rank, TrainingLimits.rank)
    try NumberOption.check("depth", depth, TrainingLimits.depth)
    try NumberOption.check("patience", patience, TrainingLimits.patience)
    if let dropout, !(0..<1).contains(dropout) {
      throw ValidationError("--dropout must be at least 0 and below 1.")
    }
    if let weightDecay, !(weightDecay >= 0 && weightDecay.isFinite) {
      throw ValidationError("--weight-decay must not be negative.")
    }
  }

  var threadCount: Int { threads ?? ProcessFacts.processors }

  private func rates() throws -> [Float]? {
    try lr.map {
      try ListArgument.values($0, "lr") { Float($0).flatMap { $0 > 0 && $0.isFinite ? $0 : nil } }
    }
  }

  /// Puts what they say into `space`. Throws as `validate` does.
  func fill<Task: TuningTask>(_ space: inout SearchSpace<Task>) throws {
    space.style = recipe
    space.rates = try rates()
    space.epochs = epochs ?? space.epochs
    space.batch = batch ?? space.batch
    space.depth = depth ?? space.depth
    space.rank = rank
    space.inputNorm = inputNorm
    space.weightDecay = weightDecay
    space.dropout = dropout
    space.patience = patience
    if !precision.isNative {
      Console.note("this processor has no instructions for \(precision.rawValue): training computes in f32")
    }
    space.precision = precision.isNative ? precision : .f32
  }
}
