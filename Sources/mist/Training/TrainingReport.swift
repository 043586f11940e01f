import MISTFormats
import MISTTuning

/// A search told in plain lines: every epoch as it ends, and the table of what was tried.
final class TrainingReport {
  let narrator: Narrator
  private var recipe = Recipe()
  /// Largest own memory at the end of any epoch, in bytes: what training takes besides the mapped features.
  private(set) var ownMemory = 0

  init(_ narrator: Narrator) { self.narrator = narrator }

  func observe(_ event: SearchEvent) {
    switch event {
    case .began(let number, let recipe, let seed, let stage):
      self.recipe = recipe
      narrator.line()
      narrator.line("run \(number) (\(stage.label)): \(Self.title(recipe)), seed \(seed)")
    case .epoch(let e):
      ownMemory = max(ownMemory, ProcessFacts.ownMemory ?? 0)
      narrator.line(
        "  epoch \(e.epoch)/\(recipe.epochs)  loss \(Format.decimal(e.loss, 4))  accuracy \(Format.percent(e.accuracy))  "
          + "val loss \(Format.decimal(e.validationLoss, 4))  val accuracy \(Format.percent(e.validationAccuracy))"
      )
    case .ended(let trial):
      narrator.line(
        "  kept epoch \(trial.keptEpoch): val accuracy \(Format.percent(trial.validationAccuracy)), "
          + "\(Format.decimal(trial.samplesPerSecond, 0)) samples/s")
    }
  }

  /// The table of all runs, the chosen one marked, and what became of it.
  func summary(_ result: SearchResult, seconds: Double, output: String) {
    narrator.line()
    var table = Table([
      ("", .left), ("run", .right), ("method", .left), ("input", .left), ("lr", .right),
      ("regularisation", .left), ("norm", .left), ("stage", .left), ("seed", .right), ("epochs", .right),
      ("kept", .right), ("val acc", .right), ("val loss", .right), ("time", .right),
    ])
    for (i, entry) in result.entries.enumerated() {
      let t = entry.trial
      table.add([
        i == result.chosen ? "*" : "", "\(i + 1)", t.recipe.method.rawValue, t.recipe.feature.description,
        "\(t.recipe.rate)", Self.regularisation(t.recipe), t.recipe.inputNorm ? "yes" : "no",
        entry.stage.label, "\(t.seed)", "\(t.epochs.count)", "\(t.keptEpoch)",
        Format.percent(t.validationAccuracy), Format.decimal(t.validationLoss, 4), Format.duration(t.seconds),
      ])
    }
    narrator.table(table)
    narrator.line()
    let chosen = result.entries[result.chosen].trial
    narrator.line("chosen (*): \(Self.title(chosen.recipe)): \(result.reason)")
    if result.heads.count > 1 {
      let list = result.heads.map { Format.percent($0.trial.validationAccuracy) }.joined(separator: ", ")
      narrator.line("val accuracy by seed: \(list)")
    }
    narrator.line(
      Self.ending(output, parameters: result.head.parameters.count, seconds: seconds, ownMemory: ownMemory))
  }

  /// What was written, how long it took and in how much memory.
  static func ending(_ output: String, parameters: Int, seconds: Double, ownMemory: Int) -> String {
    var line = "wrote \(output): \(parameters) parameters; \(Format.duration(seconds))"
    if let peak = ProcessFacts.peakMemory { line += ", peak memory \(Format.bytes(peak))" }
    if ownMemory > 0 { line += " (\(Format.bytes(ownMemory)) without mapped features)" }
    return line
  }

  static func title(_ r: Recipe) -> String {
    let network = r.method == .linear ? "linear" : "lae (\(r.depth) blocks, rank \(r.rank))"
    return "\(network) on \(r.feature), \(r.pooling) pooling, lr \(r.rate), \(regularisation(r))"
      + (r.inputNorm ? ", input norm" : "") + ", \(r.epochs) epochs"
  }

  private static func regularisation(_ r: Recipe) -> String {
    guard r.isRegularised else { return "none" }
    var parts: [String] = []
    if r.weightDecay > 0 { parts.append("wd \(r.weightDecay)") }
    if r.labelSmoothing > 0 { parts.append("ls \(r.labelSmoothing)") }
    if r.dropout > 0 { parts.append("drop \(r.dropout)") }
    if r.tokenFraction < 1 { parts.append("tokens \(r.tokenFraction)") }
    return parts.joined(separator: " ")
  }
}

extension SearchStage {
  /// As the tables have it.
  var label: String {
    switch self {
    case .full: "full"
    case .screening: "screen"
    case .final: "final"
    case .seed: "seed"
    }
  }
}
