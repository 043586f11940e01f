import ArgumentParser
import MISTTuning

extension MaskOptions.Head: ExpressibleByArgument {}
extension MaskOptions.Attention: ExpressibleByArgument {}

/// Options of `mist train` that only segmentation knows.
struct SegmentationOptions: ParsableArguments {
  @Option(help: "Kind of head: linear or mlp. Default: both are tried.")
  var head: MaskOptions.Head?

  @Option(
    help: "Low-rank attention in front of it: on the final level, on all, or none. Default: all are tried.")
  var lae: MaskOptions.Attention?

  @Option(help: "Channels of the mlp head. Default: 256.")
  var hidden: Int?

  @Option(help: "Power of the polynomial schedule. Default: 1.")
  var power: Float?

  @Option(help: "Steps of linear warm-up. Default: 0.")
  var warmup: Int?

  func validate() throws {
    try NumberOption.check("hidden", hidden, TrainingLimits.hidden)
    try NumberOption.check("warmup", warmup, TrainingLimits.warmup)
    if let power, !(power >= 0 && power.isFinite) { throw ValidationError("--power must not be negative.") }
  }
}

extension Masks: CommandTask {
  static func ownOptions(_ command: Train) -> [String] {
    let own = command.segmentation
    return OptionRefusal.given([
      ("--head", own.head != nil), ("--lae", own.lae != nil), ("--hidden", own.hidden != nil),
      ("--power", own.power != nil), ("--warmup", own.warmup != nil),
    ])
  }

  static func fill(_ space: inout SearchSpace<Masks>, _ command: Train) throws {
    let own = command.segmentation
    for (name, isGiven) in [("--head", own.head != nil), ("--lae", own.lae != nil)] {
      try OptionRefusal.require(
        command.method == .auto, name, given: isGiven, "and --method both name a head")
    }
    switch command.method {
    case .auto: (space.heads, space.attention) = (own.head.map { [$0] }, own.lae.map { [$0] })
    case .linear: (space.heads, space.attention) = ([.linear], [.none])
    case .mlp: (space.heads, space.attention) = ([.mlp], [.none])
    case .mist, .lae: (space.heads, space.attention) = ([.linear], [.final])
    case .partial1, .lst, .last:
      try OptionRefusal.other(
        ["--method \(command.method.rawValue)"], of: .classification, task: .segmentation)
    }
    try refuseIdle(space, command)
    space.hidden = own.hidden ?? space.hidden
    space.power = own.power ?? space.power
    space.warmup = own.warmup ?? space.warmup
  }

  /// Throws `usage` for options that concern no candidate.
  private static func refuseIdle(_ space: SearchSpace<Masks>, _ command: Train) throws {
    let isLinear = space.heads == [.linear] || (space.heads == nil && command.training.recipe == .plain)
    let attends = space.attention != [.none]
    for (name, isGiven) in [
      ("--rank", command.training.rank != nil), ("--depth", command.training.depth != nil),
    ] {
      try OptionRefusal.require(
        attends, name, given: isGiven, "concerns attention, and no candidate has any")
    }
    for (name, isGiven) in [
      ("--hidden", command.segmentation.hidden != nil), ("--dropout", command.training.dropout != nil),
    ] {
      try OptionRefusal.require(
        !isLinear, name, given: isGiven, "concerns the mlp head, which is not among the candidates")
    }
  }
}
