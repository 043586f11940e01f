import MISTEdge
import MISTFeatures
import MISTFormats

/// Repeats a table of the paper on a feature store: every row with every seed, each finished run a file of its own, so that a study
/// that was ended at any moment goes on where it was. Tables share the runs that they have in common.
package struct Study: Sendable {
  package let table: StudyTable
  package let rows: [StudyRow]
  package let seeds: [UInt64]
  /// The split that results are of.
  package let split: String
  package let folder: String
  private let data: TrainingData<Classes>
  private let samples: Samples<Classes>
  /// SHA-256 of the store's manifest.
  private let features: String
  package let note: String?

  /// - Parameters:
  ///   - space: What recipes have in common; the table names method, feature and, where it varies them, blocks.
  ///   - gather: The gather depth of Tables 3 and 4; the deepest that the store gives unless told.
  ///   - split: `test` where there is one, else `val`, unless told.
  ///
  /// Throws `study.folder-is-store`, `training.no-feature` for a gather depth that the store does not give, and what opening splits
  /// throws.
  package init(
    _ table: StudyTable, of store: FeatureStore, space: SearchSpace<Classes>, gather: Int? = nil,
    seeds: [UInt64], split: String? = nil, folder: String
  ) throws {
    guard !FeatureStore.exists(at: folder) else {
      throw MISTError(
        .studyFolderIsStore, file: folder, "results would lie among the shards of a feature store",
        advice: "name another folder")
    }
    let manifest = store.manifest
    let stored = manifest.storedFeatures
    let depth = manifest.model.configuration.depth
    if let gather, Feature.gather(gather).origin(in: stored) == nil {
      throw MISTError.noFeature(.gather(gather), of: stored)
    }
    let name = split ?? (store.splits.contains { $0.name == "test" } ? "test" : "val")
    // Which images are held out where there is no val split must not depend on the seeds.
    let (data, note) = try TrainingData<Classes>.open(store, seed: 0)
    self.table = table
    rows = StudyRows(
      space: space, stored: stored, grid: manifest.grid, depth: depth,
      gather: gather ?? manifest.gather.last ?? depth
    ).rows(table)
    self.seeds = seeds
    self.split = name
    self.folder = folder
    self.data = data
    self.note = note
    samples = try Samples<Classes>(store.split(name), of: store)
    let manifestBytes = try MappedFile.contents(of: store.path + "/" + StoreManifest.fileName)
    features = manifestBytes.withUnsafeBytes { ContentHash.of($0) }
  }

  /// The runs of a row, recipe by recipe and seed by seed. Throws what encoding throws.
  package func runs(of row: StudyRow) throws -> [[StudyRun]] {
    try row.recipes.map { recipe in
      try seeds.map { try StudyRun(recipe, seed: $0, features: features, split: split) }
    }
  }

  /// Every run once, in order, and whether it is done. Throws `study.damaged-run`.
  package func runs() throws -> [(run: StudyRun, isDone: Bool)] {
    var seen: Set<String> = []
    return try rows.flatMap { try runs(of: $0).joined() }.filter { seen.insert($0.key).inserted }
      .map { ($0, try $0.record(in: folder) != nil) }
  }

  /// Makes the runs that are missing, each a file when it ends, and then the table. `observe` hears of a run before it begins, with its
  /// place among those that are not done, and of what came of it.
  /// Throws what training throws, `study.damaged-run`, and `file.write-failed`.
  package func run(threads: Int, observe: (StudyEvent) -> Void) throws -> StudySummary {
    try Folders.make(folder)
    let left = try runs().filter { !$0.isDone }.map(\.run)
    for (place, run) in left.enumerated() {
      observe(.began(place + 1, of: left.count, run))
      let head = try TrainingRun.run(run.recipe, data: data, seed: run.seed, threads: threads)
      let evaluation = try Predictor<Classes>(
        shape: head.shape, feature: run.recipe.feature, threads: threads
      )
      .evaluate(samples, parameters: head.parameters)
      let record = try StudyRecord(
        run, head.trial, trainCount: data.train.count, split: split, evaluation)
      try AtomicFile.write(StudyJSON.text(record), to: folder + "/" + run.file)
      observe(.ended(record))
    }
    let summary = try StudySummary(self, features: features)
    try AtomicFile.write(StudyJSON.text(summary), to: "\(folder)/\(table.rawValue).json")
    try AtomicFile.write(summary.markdown, to: "\(folder)/\(table.rawValue).md")
    return summary
  }
}

/// What a study tells while it runs.
package enum StudyEvent: Sendable {
  case began(Int, of: Int, StudyRun)
  case ended(StudyRecord)
}
