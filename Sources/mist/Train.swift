import ArgumentParser
import Foundation
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTTuning

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train an edge network on stored features, for classification or segmentation as they are.",
    discussion: """
      Chooses method, gather depth, learning rate and regularisation on the val split, or on a fifth of train when there
      is none. Every option below replaces a list of candidates by what it names. The recipe 'plain' trains without a search's
      regularisation and keeps the last epoch. The same seed gives the same head, whatever the number of threads.

      Classification: a linear probe or low-rank attention (LAE); --pool attentive lets learned queries attend to the tokens
      instead of reading the class token, with blocks before them or without; --block mlp or dwconv replaces the blocks' attention
      by a perceptron per token or a depthwise convolution over the patches. The paper's other methods read what mist extract --store
      keeps: partial-1 trains the model's last block on what enters it (blocks), lst a ladder of narrow transformer blocks on every
      map, last blocks of low-rank attention with every second map added before them (ladder). Segmentation: a linear or an mlp head, after attention on
      no level, the final one or all; --method linear, mlp or lae is short for --head linear --lae none, --head mlp --lae
      none and --head linear --lae final.

      Examples:
        mist train features -o head.safetensors
        mist train features -o head.safetensors --method lae --k 8,12 --lr 1e-3 --epochs 50 --seed 0,1,2
        mist train features -o head.safetensors --method linear --pool attentive --queries 8 --k 8
        mist train features -o head.safetensors --method lst --lr 1e-3
        mist train scenes -o head.safetensors --head mlp --lae final --k 27 --json > training.json
      """)

  @Argument(help: "A feature store.")
  var features: String

  @Option(name: .shortAndLong, help: "The head file to write.")
  var output: String

  @Option(help: "auto, linear, mist (also called lae), partial-1, lst, last or, for segmentation, mlp.")
  var method: TrainingMethod = .auto

  @Option(
    help:
      "Gather depths to try, or names of other features: 4,8,12, final for the model's own output, layers for layer tokens."
  )
  var k: String?

  @Option(
    help: ArgumentHelp(
      "The most that the head may cost a device, per image: transfer and arena in bytes (KB and MB are 1024s), parameters, macs (k and M are 1000s).",
      valueName: "transfer=40KB,…"))
  var budget: CostBudget?

  @Option(help: "Seeds: the search uses the first, and the chosen recipe is trained with each.")
  var seed = "0"

  @Option(help: "Write everything that happened to this file, as JSON.")
  var log: String?

  @Flag(help: "Print one JSON object at the end; what happens meanwhile goes to standard error.")
  var json = false

  @OptionGroup(title: "Training")
  var training: TrainingOptions

  @OptionGroup(title: "Classification")
  var classification: ClassificationOptions

  @OptionGroup(title: "Segmentation")
  var segmentation: SegmentationOptions

  func validate() throws {
    _ = try choices()
    _ = try seeds()
  }

  func run() throws {
    let store = try FeatureStore(path: features)
    // A place that cannot be written must not be found out after the work.
    let outputs = [output, log].compactMap { $0 }
    try InputFiles.checkDistinct(outputs)
    for path in outputs { try AtomicFile(path: path).abort() }
    try train(CommandTasks.task(store.manifest.task), store)
  }

  private func train<Task: CommandTask>(_ task: Task.Type, _ store: FeatureStore) throws {
    let space = try Task.space(self)
    let seeds = try seeds()
    let (data, note) = try TrainingData<Task>.open(store, seed: seeds[0])
    if let note { Console.note(note) }
    let report = TrainingReport<Task>(Narrator(isJSON: json))
    report.narrator.line(Task.Words.overview(data, store.manifest))
    let start = ContinuousClock.now
    let result = try Search(
      space: space, data: data, seeds: seeds, threads: training.threadCount, observe: report.observe
    ).run()
    let seconds = (ContinuousClock.now - start).seconds
    try Head(result.head, data: data, manifest: store.manifest).write(to: output)
    if let log {
      try TrainingLog(
        features: features, runs: result.entries, chosen: result.chosen, reason: result.reason,
        seconds: seconds, ownMemory: report.ownMemory
      ).write(to: log)
    }
    report.summary(result, seconds: seconds, output: output)
    guard json else { return }
    try Console.json(
      TrainingSummary(result, data, head: output, seconds: seconds, ownMemory: report.ownMemory))
  }

  func seeds() throws -> [UInt64] { try ListArgument.values(seed, "seed") { UInt64($0) } }

  func choices() throws -> [Feature]? {
    try k.map { try ListArgument.values($0, "k", Feature.init(option:)) }
  }
}

/// What `--method` names; which of them a task knows is seen once the features are open.
enum TrainingMethod: String, ExpressibleByArgument, CaseIterable {
  case auto, linear, mlp, mist, lae
  case partial1 = "partial-1"
  case lst, last
}
