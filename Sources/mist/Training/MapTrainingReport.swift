import MISTFormats
import MISTTuning

/// A search for a head on maps told in plain lines: every epoch as it ends, and the table of what was tried.
final class MapTrainingReport {
  let narrator: Narrator
  private var recipe = MapRecipe()
  /// Largest own memory at the end of any epoch, in bytes: what training takes besides the mapped features.
  private(set) var ownMemory = 0

  init(_ narrator: Narrator) { self.narrator = narrator }

  func observe(_ event: MapSearchEvent) {
    switch event {
    case .began(let number, let recipe, let seed, let stage):
      self.recipe = recipe
      narrator.line()
      narrator.line("run \(number) (\(stage.label)): \(Self.title(recipe)), seed \(seed)")
    case .epoch(let e):
      ownMemory = max(ownMemory, ProcessFacts.ownMemory ?? 0)
      narrator.line(
        "  epoch \(e.epoch)/\(recipe.epochs)  loss \(Format.decimal(e.loss, 4))  pixels \(Format.percent(e.accuracy))  "
          + "val loss \(Format.decimal(e.validationLoss, 4))  val mIoU \(Format.percent(e.validationMeanIoU))  "
          + "val pixels \(Format.percent(e.validationPixelAccuracy))")
    case .ended(let trial):
      narrator.line(
        "  kept epoch \(trial.keptEpoch): val mIoU \(Format.percent(trial.validation.meanIoU)), "
          + "\(Format.decimal(trial.samplesPerSecond, 1)) images/s")
    }
  }

  /// The table of all runs, the chosen one marked, and what became of it.
  func summary(_ result: MapSearchResult, seconds: Double, output: String) {
    narrator.line()
    var table = Table([
      ("", .left), ("run", .right), ("head", .left), ("lae", .left), ("input", .left), ("lr", .right),
      ("wd", .right), ("dropout", .right), ("norm", .left), ("stage", .left), ("seed", .right),
      ("epochs", .right), ("kept", .right), ("val mIoU", .right), ("val loss", .right), ("time", .right),
    ])
    for (i, entry) in result.entries.enumerated() {
      let t = entry.trial
      table.add([
        i == result.chosen ? "*" : "", "\(i + 1)", t.recipe.head.rawValue, t.recipe.lae.rawValue,
        t.recipe.feature.description, "\(t.recipe.rate)", "\(t.recipe.weightDecay)", "\(t.recipe.dropout)",
        t.recipe.inputNorm ? "yes" : "no", entry.stage.label, "\(t.seed)", "\(t.epochs.count)",
        "\(t.keptEpoch)", Format.percent(t.validation.meanIoU), Format.decimal(t.validation.loss, 4),
        Format.duration(t.seconds),
      ])
    }
    narrator.table(table)
    narrator.line()
    let chosen = result.entries[result.chosen].trial
    narrator.line("chosen (*): \(Self.title(chosen.recipe)): \(result.reason)")
    if result.heads.count > 1 {
      let list = result.heads.map { Format.percent($0.trial.validation.meanIoU) }.joined(separator: ", ")
      narrator.line("val mIoU by seed: \(list)")
    }
    narrator.line(
      TrainingReport.ending(
        output, parameters: result.head.parameters.count, seconds: seconds, ownMemory: ownMemory))
  }

  static func title(_ r: MapRecipe) -> String {
    let head = r.head == .mlp ? "mlp (\(r.hidden) channels)" : "linear"
    let blocks = "attention (\(r.depth) blocks, rank \(r.rank))"
    let attention =
      switch r.lae {
      case .none: ""
      case .final: " after \(blocks) on the last level"
      case .all: " after \(blocks) on every level"
      }
    return "\(head)\(attention) on \(r.feature), lr \(r.rate), wd \(r.weightDecay)"
      + (r.dropout > 0 ? ", dropout \(r.dropout)" : "") + (r.inputNorm ? ", input norm" : "")
      + ", \(r.epochs) epochs"
  }
}
