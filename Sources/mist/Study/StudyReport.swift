import MISTTuning

/// A study told in plain lines: the work on standard error, the table on standard output.
struct StudyReport {
  let isJSON: Bool

  func observe(_ event: StudyEvent) {
    switch event {
    case .began(let place, let count, let run):
      Console.note("run \(place) of \(count): \(Classes.Words.title(run.recipe)), seed \(run.seed)")
    case .ended(let record):
      Console.note(
        "  kept epoch \(record.keptEpoch): val \(Format.percent(record.validation.accuracy)), "
          + "\(record.split) \(Format.percent(record.evaluation.accuracy))")
    }
  }

  /// What `--dry-run` prints.
  func plan(_ study: MISTTuning.Study) throws {
    struct Planned: Encodable {
      let file: String
      let recipe: Recipe<Classes>
      let seed: UInt64
      let done: Bool
    }
    let runs = try study.runs()
    if isJSON {
      return try Console.json(
        runs.map { Planned(file: $0.run.file, recipe: $0.run.recipe, seed: $0.run.seed, done: $0.isDone) })
    }
    var table = Table([("run", .right), ("trains", .left), ("seed", .right), ("", .left)])
    for (place, (run, isDone)) in runs.enumerated() {
      table.add(["\(place + 1)", Classes.Words.title(run.recipe), "\(run.seed)", isDone ? "done" : "to do"])
    }
    table.print()
    Console.line(
      "\(study.table.title): \(runs.count) runs, \(runs.count { $0.isDone }) done, split \(study.split)")
  }

  func print(_ summary: StudySummary) throws {
    if isJSON { return try Console.json(summary) }
    for line in summary.markdown.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      Console.line(String(line))
    }
  }
}
