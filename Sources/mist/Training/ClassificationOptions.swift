import ArgumentParser
import MISTEdge
import MISTFormats
import MISTTuning

extension BlockFunction: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

/// Options of `mist train` that only classification knows.
struct ClassificationOptions: ParsableArguments {
  @Option(help: "Pooling: \(Pooling.names.joined(separator: ", ")). Default: cls, of layer tokens concat.")
  var pool: String?

  @Option(
    help:
      "What the blocks compute: \(BlockFunction.all.map(\.name.description).joined(separator: ", ")). Default: attention."
  )
  var block: BlockFunction?

  @Option(help: "Queries of attentive pooling, a divisor of the channels. Default: 8.")
  var queries: Int?

  @Option(help: "Label smoothing, 0 to 1.")
  var labelSmoothing: Float?

  @Option(help: "Fraction of the tokens that a training step sees, 0 to 1.")
  var tokens: Float?

  func validate() throws {
    try NumberOption.check("queries", queries, TrainingLimits.queries)
    if pool != nil, pooling == nil {
      throw ValidationError("--pool is one of \(Pooling.names.joined(separator: ", ")).")
    }
    if queries != nil, pooling?.stored.queries ?? 0 == 0 {
      throw ValidationError("--queries is an option of --pool attentive.")
    }
    if let labelSmoothing, !(0..<1).contains(labelSmoothing) {
      throw ValidationError("--label-smoothing must be at least 0 and below 1.")
    }
    if let tokens, !(tokens > 0 && tokens <= 1) {
      throw ValidationError("--tokens must be above 0 and at most 1.")
    }
  }

  /// What `--pool` and `--queries` name; nil for an unknown name.
  var pooling: Pooling? {
    pool.flatMap { Pooling($0) ?? Pooling($0, queries: queries ?? AttentiveShape().queries, division: 1) }
  }
}

extension Classes: CommandTask {
  static func ownOptions(_ command: Train) -> [String] {
    let own = command.classification
    return OptionRefusal.given([
      ("--pool", own.pool != nil), ("--block", own.block != nil), ("--queries", own.queries != nil),
      ("--label-smoothing", own.labelSmoothing != nil),
      ("--tokens", own.tokens != nil),
    ])
  }

  static func fill(_ space: inout SearchSpace<Classes>, _ command: Train) throws {
    switch command.method {
    case .auto: space.methods = .auto
    case .linear: space.methods = .only(.linear)
    case .mist, .lae: space.methods = .only(.lae)
    case .partial1: space.methods = .only(.partial1)
    case .lst: space.methods = .only(.lst)
    case .last: space.methods = .only(.last)
    case .mlp: try OptionRefusal.other(["--method mlp"], of: .segmentation, task: .classification)
    }
    space.pooling = command.classification.pooling
    space.function = command.classification.block ?? space.function
    try refuseIdle(space, command)
    space.labelSmoothing = command.classification.labelSmoothing
    space.tokenFraction = command.classification.tokens
  }

  /// Throws `usage` for options that concern no candidate.
  private static func refuseIdle(_ space: SearchSpace<Classes>, _ command: Train) throws {
    try refuseBodyOptions(space, command)
    let hasBlocks = command.method != .linear
    try OptionRefusal.require(
      hasBlocks, "--block", given: command.classification.block != nil,
      "concerns blocks, and a linear head has none")
    guard space.function == .dwconv else { return }
    guard (space.pooling ?? .cls) != .cls else {
      throw MISTError(
        .usage,
        "--block dwconv would train nothing: a convolution does not reach the class token, which alone is read",
        advice: "read all tokens with --pool mean")
    }
    for (name, isGiven) in [
      ("--rank", command.training.rank != nil), ("--tokens", command.classification.tokens != nil),
    ] {
      try OptionRefusal.require(
        false, name, given: isGiven,
        "does not go with --block dwconv, which has no rank and reads every token")
    }
  }

  /// Throws `usage` for options of residual streams alone.
  private static func refuseBodyOptions(_ space: SearchSpace<Classes>, _ command: Train) throws {
    let method = command.method
    guard [.partial1, .lst, .last].contains(method) else { return }
    for (name, isGiven) in [
      ("--pool", space.pooling != nil), ("--block", command.classification.block != nil),
      ("--depth", command.training.depth != nil), ("--rank", command.training.rank != nil && method != .last),
      ("--input-norm", command.training.inputNorm == true),
    ] {
      try OptionRefusal.require(
        false, name, given: isGiven, "does not go with --method \(method.rawValue), whose network is given")
    }
  }
}
