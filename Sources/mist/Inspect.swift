import ArgumentParser
import Foundation
import MISTFormats
import MISTModels

/// `mist inspect`: what a file holds, whether its numbers look sound, and whether another file holds the same.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List a file's tensors and metadata, and the model it is; compare two files.",
    discussion: """
      FILE is a checkpoint of any format that convert reads, converted or not, a head, a bundle (.mistedge), a feature store or one \
      of its shards; a folder is searched for a feature store's manifest, then for model files. Without further options only \
      headers are read, so it is as fast for a large file as for a small one. A checkpoint that follows a known naming convention but \
      for some tensors is listed and then reported with status 65.

      --stats reads every tensor, one at a time, and prints smallest, largest, mean and standard deviation of the finite values, and \
      how many are NaN or infinite.

      --diff compares the weights with another file's. Two recognised models are compared under canonical names, whatever their \
      conventions, formats, layouts and element types; other files under the names they have. Tensors of one type are the same when \
      their bits are; of two types, when one is the other rounded. Exit status 0 when all tensors are the same, else 65. What the files \
      say differently of the model, such as an epsilon, is listed and does not change the status. --convention, \
      --prefix and --rename are about FILE alone.

      Examples:
        mist inspect vit.safetensors --json
        mist inspect pytorch_model.onnx --stats
        mist inspect vit-base-patch16-224/ --diff vit.safetensors
      """)

  @Argument(help: "A file, or a folder with one.")
  var file: String

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(
    help:
      "Read all of a feature store, or of a converted model: hashes agree with the manifest, and every value is a finite number."
  )
  var verify = false

  @Flag(help: "Read every tensor and print what its numbers look like.")
  var stats = false

  @Flag(help: "Print what mist convert would do with the model, as convert --dry-run does.")
  var plan = false

  @Option(help: "Another file or folder: compare its weights with FILE's.")
  var diff: String?

  @Option(help: "With --diff: let absolute differences up to this pass.")
  var tolerance: Double?

  @OptionGroup(title: "Where a model does not say it") var model: ModelArguments

  func validate() throws {
    guard [stats, plan, diff != nil].count(where: { $0 }) <= 1 else {
      throw ValidationError("Give one of --stats, --plan and --diff.")
    }
    guard tolerance == nil || diff != nil else { throw ValidationError("--tolerance belongs to --diff.") }
    if let tolerance, !(tolerance >= 0) { throw ValidationError("--tolerance must not be negative.") }
  }

  func run() throws {
    var options = ConversionOptions()
    try model.apply(to: &options)
    if let diff { return try compare(with: diff, options) }
    if plan {
      let plan = try Conversion(ModelSource(path: file), options: options).plan
      return json ? try Console.json(PlanReport(plan)) : PlanReport.print(plan, full: true)
    }
    let report = try InspectReport(path: file, verify: verify, statistics: stats, options)
    if json { try Console.json(report) } else { report.print() }
    if let damage = report.damage { throw damage }
  }

  private func compare(with other: String, _ options: ConversionOptions) throws {
    var others = options
    (others.convention, others.prefix, others.renames) = (nil, nil, [])
    let a = try InspectedFile.compared(file, options)
    let b = try InspectedFile.compared(other, others)
    let comparison = try WeightComparison(a, b, tolerance: tolerance ?? 0)
    let report = ComparisonReport(a, b, comparison)
    if json { try Console.json(report) } else { report.print() }
    if !comparison.isSame { throw ExitCode(ExitStatus.badData.rawValue) }
  }
}
