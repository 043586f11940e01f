import Foundation
import MISTFormats

/// One finished training run of a study, as its file in the study's folder says it. Nothing in it depends on when or how fast it ran.
package struct StudyRecord: Codable, Hashable, Sendable {
  package struct Result: Codable, Hashable, Sendable {
    package let count: Int
    package let correct: Int
    package let accuracy: Double
    package let loss: Double

    init(_ e: ClassEvaluation) { (count, correct, accuracy, loss) = (e.count, e.correct, e.accuracy, e.loss) }
  }

  static let formatName = "mist-study-run"
  /// The longest file of a run that is read, in bytes.
  static let limit = 1 << 20

  /// What it is bound to: see `StudyRun.key`.
  let format: String
  let key: String
  package let seed: UInt64
  package let recipe: JSONValue
  package let keptEpoch: Int
  package let trainCount: Int
  /// On the samples by which learning rates are chosen.
  package let validation: Result
  /// On the split that the table is about.
  package let split: String
  package let evaluation: Result

  init(
    _ run: StudyRun, _ trial: Trial<Classes>, trainCount: Int, split: String, _ evaluation: ClassEvaluation
  )
    throws
  {
    format = Self.formatName
    key = run.key
    seed = run.seed
    recipe = try JSONValue(run.recipe)
    keptEpoch = trial.keptEpoch
    self.trainCount = trainCount
    validation = Result(trial.validation)
    self.split = split
    self.evaluation = Result(evaluation)
  }
}

/// One training run of a study: a recipe, a seed, and the name of the file that keeps what came of it.
package struct StudyRun: Hashable, Sendable {
  package let recipe: Recipe<Classes>
  package let seed: UInt64
  /// SHA-256 of everything that decides its result: the store's manifest (which has the hash of every shard), the recipe, the seed, the
  /// split, and the version of this format.
  package let key: String

  /// Of the store whose manifest has hash `features`. Throws what encoding throws.
  init(_ recipe: Recipe<Classes>, seed: UInt64, features: String, split: String) throws {
    struct Decisive: Encodable {
      let version = 1
      let features: String
      let recipe: Recipe<Classes>
      let seed: UInt64
      let split: String
    }
    self.recipe = recipe
    self.seed = seed
    let decisive = Decisive(features: features, recipe: recipe, seed: seed, split: split)
    var hash = ContentHash()
    hash.update(try StudyJSON.text(decisive))
    key = hash.finalize()
  }

  /// `lae-k12-seed0-0123456789abcdef.json`: what it is, for people, and as much of the key as tells it from others.
  package var file: String {
    let name = recipe.method == .linear ? "linear" : "\(recipe.function.name)\(recipe.depth)"
    return "\(name)-\(recipe.feature)-seed\(seed)-\(key.prefix(16)).json"
  }

  /// What is kept of it in `folder`; nil when it was not run. Throws `study.damaged-run` for a file that does not say what this run
  /// would write.
  func record(in folder: String) throws -> StudyRecord? {
    let path = folder + "/" + file
    guard FileStatus.exists(path) else { return nil }
    let isShort = try FileStatus(path).map { $0.size <= StudyRecord.limit } ?? false
    let record =
      isShort ? try? JSONInput.decode(StudyRecord.self, from: Data(try MappedFile.contents(of: path))) : nil
    guard let record, record.format == StudyRecord.formatName, record.key == key, record.seed == seed else {
      throw MISTError(
        .studyDamagedRun, file: path, "it is not the result of the run that it is called after",
        advice: "remove it: the run is then made again")
    }
    return record
  }
}

/// JSON that is the same for the same values.
enum StudyJSON {
  static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }
}

extension ErrorCode {
  /// A file of a study's folder that is not what its name says.
  package static let studyDamagedRun = ErrorCode("study.damaged-run")
  /// The folder of a study is a feature store.
  package static let studyFolderIsStore = ErrorCode("study.folder-is-store", exit: .usage)
}
