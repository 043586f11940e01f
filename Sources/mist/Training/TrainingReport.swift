import MISTFormats
import MISTTuning

/// A search told in plain lines: every epoch as it ends, and the table of what was tried.
final class TrainingReport<Task: TuningTask> {
  typealias Words = Task.Words

  let narrator: Narrator
  private var epochs = 0
  /// Largest own memory at the end of any epoch, in bytes: what training takes besides the mapped features.
  private(set) var ownMemory = 0

  init(_ narrator: Narrator) { self.narrator = narrator }

  func observe(_ event: SearchEvent<Task>) {
    switch event {
    case .began(let number, let recipe, let seed, let stage):
      epochs = recipe.epochs
      narrator.line()
      narrator.line("run \(number) (\(stage.label)): \(Words.title(recipe)), seed \(seed)")
    case .epoch(let e):
      ownMemory = max(ownMemory, ProcessFacts.ownMemory ?? 0)
      let figures = e.validation.figures.map { "  val \($0.label ?? $0.key) \(Format.percent($0.value))" }
      narrator.line(
        "  epoch \(e.epoch)/\(epochs)  loss \(Format.decimal(e.loss, 4))  \(Words.trainingAccuracy) \(Format.percent(e.accuracy))  "
          + "val loss \(Format.decimal(e.validation.loss, 4))" + figures.joined())
    case .ended(let trial):
      narrator.line(
        "  kept epoch \(trial.keptEpoch): val \(trial.validation.scoreLabel) \(Format.percent(trial.validation.score)), "
          + "\(Format.decimal(trial.samplesPerSecond, Words.throughputDecimals)) \(Task.samples)/s")
    }
  }

  /// The table of all runs, the chosen one marked, and what became of it.
  func summary(_ result: SearchResult<Task>, seconds: Double, output: String) {
    narrator.line()
    narrator.table(table(result))
    narrator.line()
    narrator.table(choices(result))
    narrator.line()
    let chosen = result.entries[result.chosen].trial
    narrator.line("chosen (*): \(Words.title(chosen.recipe)): \(result.reason)")
    if result.heads.count > 1 {
      let list = result.heads.map { Format.percent($0.trial.validation.score) }.joined(separator: ", ")
      narrator.line("val \(chosen.validation.scoreLabel) by seed: \(list)")
    }
    var line =
      "wrote \(output): \(result.head.parameters.count) parameters; \(Format.duration(seconds))"
    if let peak = ProcessFacts.peakMemory { line += ", peak memory \(Format.bytes(peak))" }
    if ownMemory > 0 { line += " (\(Format.bytes(ownMemory)) without mapped features)" }
    narrator.line(line)
  }

  /// What every choice costs a device, per image, beside how good it is.
  private func choices(_ result: SearchResult<Task>) -> Table {
    var table = Table([
      ("", .left), ("choice", .left), ("transfer", .right), ("parameters", .right), ("multiply-adds", .right),
      ("arena", .right), ("val \(Words.shortScore)", .right), ("error", .right),
    ])
    for choice in result.choices {
      table.add([
        choice.isChosen ? "*" : "", Words.choice(choice.recipe), Format.bytes(choice.cost.transfer),
        "\(choice.cost.parameters)", "\(choice.cost.multiplyAdds.total)",
        choice.cost.prediction.map(Format.bytes) ?? "-", Format.percent(choice.score),
        choice.standardError.map(Format.percent) ?? "-",
      ])
    }
    return table
  }

  private func table(_ result: SearchResult<Task>) -> Table {
    let columns = Words.columns
    var table = Table(
      [("", .left), ("run", .right)] + columns.map { ($0.title, $0.isNumber ? .right : .left) } + [
        ("stage", .left), ("seed", .right), ("epochs", .right), ("kept", .right),
        ("val \(Words.shortScore)", .right), ("val loss", .right), ("time", .right),
      ])
    for (i, entry) in result.entries.enumerated() {
      let t = entry.trial
      table.add(
        [i == result.chosen ? "*" : "", "\(i + 1)"] + columns.map { $0.text(t.recipe) } + [
          entry.stage.label, "\(t.seed)", "\(t.epochs.count)", "\(t.keptEpoch)",
          Format.percent(t.validation.score), Format.decimal(t.validation.loss, 4),
          Format.duration(t.seconds),
        ])
    }
    return table
  }
}

extension TaskEvaluation {
  /// What the score is called.
  var scoreLabel: String { figures.first?.label ?? "score" }
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
