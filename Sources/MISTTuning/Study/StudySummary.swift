import Foundation
import MISTFormats

/// A study's table: what came of every row, beside the paper's own figures.
package struct StudySummary: Encodable, Sendable {
  package struct Row: Encodable, Sendable {
    package let title: String
    /// What was trained, in words, with the learning rate that did best on validation; nil for a row that was not run.
    package let recipe: String?
    /// Accuracy by seed, its mean, and the standard deviation of the seeds (nil for one seed).
    package let accuracies: [Double]
    package let mean: Double?
    package let deviation: Double?
    /// Mean accuracy on the validation samples.
    package let validation: Double?
    /// The paper's mean over VTAB-1k in percent, as printed.
    package let paper: String?
    /// Why it was not run, and what to do.
    package let missing: String?
  }

  package let table: String
  package let title: String
  /// SHA-256 of the store's manifest.
  package let features: String
  package let split: String
  /// Samples of it.
  package let samples: Int
  package let seeds: [UInt64]
  package let rows: [Row]
  package let remark: String?

  /// Of a study whose runs are all done. Throws `bug` for one that is not, and `study.damaged-run`.
  init(_ study: Study, features: String) throws {
    table = study.table.rawValue
    title = study.table.title
    self.features = features
    split = study.split
    seeds = study.seeds
    remark = study.table.remark
    var samples = 0
    rows = try study.rows.map { row in
      if case .missing(let problem, let advice) = row.content {
        return Row(
          title: row.title, recipe: nil, accuracies: [], mean: nil, deviation: nil, validation: nil,
          paper: row.paper, missing: "\(problem): \(advice)")
      }
      let candidates = try zip(row.recipes, study.runs(of: row)).map { recipe, runs in
        (recipe, try runs.map { try Self.record(of: $0, in: study.folder) })
      }
      // The first of equals: rates are tried in their order.
      var best: (recipe: Recipe<Classes>, records: [StudyRecord], validation: Double)?
      for (recipe, records) in candidates {
        let validation = Self.mean(records.map(\.validation.accuracy))
        if best.map({ validation > $0.validation }) ?? true { best = (recipe, records, validation) }
      }
      guard let best else { throw MISTError(.bug, "row '\(row.title)' has no recipe") }
      let accuracies = best.records.map(\.evaluation.accuracy)
      samples = best.records.first?.evaluation.count ?? samples
      return Row(
        title: row.title, recipe: ClassWords.title(best.recipe), accuracies: accuracies,
        mean: Self.mean(accuracies), deviation: Self.deviation(accuracies), validation: best.validation,
        paper: row.paper, missing: nil)
    }
    self.samples = samples
  }

  private static func record(of run: StudyRun, in folder: String) throws -> StudyRecord {
    guard let record = try run.record(in: folder) else {
      throw MISTError(.bug, "the run \(run.file) is not done")
    }
    return record
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(max(1, values.count))
  }

  private static func deviation(_ values: [Double]) -> Double? {
    guard values.count > 1 else { return nil }
    let mean = mean(values)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
  }
}

extension StudySummary {
  /// The table in Markdown.
  package var markdown: String {
    let list = seeds.map(String.init).joined(separator: ", ")
    var lines = [
      "# \(title)", "",
      "Accuracy in % on \(samples) samples of split `\(split)`, mean ± standard deviation over "
        + "\(seeds.count == 1 ? "seed" : "seeds") \(list). The paper's: mean over VTAB-1k.",
      "", "| | this store | paper | trained |", "|---|---|---|---|",
    ]
    for row in rows {
      let own = row.mean.map { Self.percent($0) + (row.deviation.map { " ± " + Self.percent($0) } ?? "") }
      lines.append(
        "| \(row.title) | \(own ?? "-") | \(row.paper ?? "-") | \(row.recipe ?? row.missing.map { "not run: \($0)" } ?? "-") |"
      )
    }
    if let remark { lines += ["", remark] }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func percent(_ fraction: Double) -> String { String(format: "%.1f", fraction * 100) }
}
