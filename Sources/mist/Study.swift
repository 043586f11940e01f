import ArgumentParser
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTTuning

extension StudyTable: ExpressibleByArgument {}

struct Study: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Repeat a table of the paper on stored features, with several seeds.",
    discussion: """
      gather: Table 3, linear heads and attention blocks on the last block's output and on the gathered feature. blocks: Table 4,
      attention, mlp and dwconv with 4 and 8 blocks. depth: Figure 5, the gather depth. side-input: section 10, the sum of the last n
      maps. What a row reads must be in the store; a row whose input is not there is named with what to extract.

      Every finished run is a file of the folder, bound to store, recipe, seed and split; the same command goes on where it was ended, and ends
      in the same bytes. With several --lr the best on validation counts, by row. There is no search otherwise: 'auto' regularises blocks
      and keeps the best epoch, 'plain' does neither. In Table 4 all tokens are read (--pool mean), because a convolution does not reach the class
      token; the other tables read the class token.

      Examples:
        mist study features --table gather -o runs
        mist study features --table blocks -o runs --recipe plain --lr 1e-3,3e-4 --epochs 50 --seed 0,1,2
        mist study features --table side-input -o runs --dry-run
      """)

  @Argument(help: "A feature store for classification.")
  var features: String

  @Option(help: "gather, blocks, depth or side-input.")
  var table: StudyTable

  @Option(name: .shortAndLong, help: "The folder of the results.")
  var output: String

  @Option(help: "Gather depth of the tables gather and blocks. Default: the deepest in the store.")
  var k: Int?

  @Option(help: "The split that results are of. Default: test where there is one, else val.")
  var split: String?

  @Option(help: "Seeds. Every row is trained with each.")
  var seed = "0,1,2"

  @Flag(help: "List the runs, and what is missing, and train nothing.")
  var dryRun = false

  @Flag(help: "Print the table as JSON instead of Markdown.")
  var json = false

  @OptionGroup(title: "Training")
  var training: TrainingOptions

  @OptionGroup(title: "Classification")
  var classification: ClassificationOptions

  func validate() throws {
    _ = try seeds()
    try NumberOption.check("k", k, 1...HeadLimits.gather)
  }

  private func seeds() throws -> [UInt64] {
    let seeds = try ListArgument.values(seed, "seed") { UInt64($0) }
    guard Set(seeds).count == seeds.count else { throw ValidationError("--seed names a seed twice.") }
    return seeds
  }

  func run() throws {
    let store = try FeatureStore(path: features)
    guard store.manifest.task == .classification else {
      throw MISTError(
        .featuresOtherTask, file: features,
        "the tables are of classifiers, and the features are for \(store.manifest.task.rawValue)",
        advice: "extract with --task classification")
    }
    let study = try MISTTuning.Study(
      table, of: store, space: space(), gather: k, seeds: seeds(), split: split, folder: output)
    if let note = study.note { Console.note(note) }
    for row in study.rows {
      if case .missing(let problem, let advice) = row.content {
        Console.note("\(row.title): \(problem); \(advice)")
      }
    }
    let report = StudyReport(isJSON: json)
    if dryRun { return try report.plan(study) }
    try report.print(study.run(threads: training.threadCount, observe: report.observe))
  }

  /// What rows have in common. Throws `usage` for what the table itself says.
  private func space() throws -> SearchSpace<Classes> {
    for (name, isGiven, problem) in [
      ("--block", classification.block != nil, "is what the table blocks varies"),
      ("--depth", training.depth != nil && table == .blocks, "is what the table blocks varies"),
      ("--k", k != nil && (table == .depth || table == .sideInput), "is of the tables gather and blocks"),
      ("--rank", training.rank != nil && table == .blocks, "would be another of every block function"),
    ] {
      try OptionRefusal.require(false, name, given: isGiven, problem)
    }
    var space = SearchSpace<Classes>()
    try training.fill(&space)
    space.pooling = classification.pooling ?? (table == .blocks ? .mean : .cls)
    space.labelSmoothing = classification.labelSmoothing
    space.tokenFraction = classification.tokens
    return space
  }
}
