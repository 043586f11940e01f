import ArgumentParser
import MISTFormats
import MISTModels

/// Facts about a model that its tensors do not show.
struct ModelArguments: ParsableArguments {
  @Option(help: "Naming convention, instead of recognising it.")
  var convention: String?

  @Option(
    help:
      "What stands in front of every name of the model, such as `my.tower.`; what lies elsewhere is left out."
  )
  var prefix: String?

  @Option(
    help: ArgumentHelp(
      "Another name for every tensor that a regular expression matches as a whole, such as 'tower\\.(.*)=$1'. Repeatable, in order, before anything is recognised.",
      valueName: "pattern=replacement"))
  var rename: [String] = []

  @Option(
    help:
      "Leave out tensors behind or beside the backbone that match this glob, such as `neck.*`. Repeatable.")
  var ignore: [String] = []

  @Option(help: "Pixels that the position embedding is for: N or HEIGHTxWIDTH.")
  var imageSize: String?

  @Option(help: "Attention heads; for a SegFormer one number per stage, such as 1,2,5,8.")
  var heads: String?

  @Option(help: "Epsilon of every LayerNorm.")
  var epsilon: Float?

  func apply(to options: inout ConversionOptions) throws {
    if let convention {
      guard let found = Convention.named(convention) else {
        let known = Convention.all.map(\.name).joined(separator: ", ")
        throw MISTError(.usage, at: "--convention", "expected one of \(known), found '\(convention)'")
      }
      options.convention = found
    }
    options.prefix = prefix
    options.renames = try rename.map { try RenameRule($0) }
    options.ignore = ignore
    options.imageSize = try imageSize.map { try PreprocessingArguments.size($0, "--image-size") }
    options.heads = try heads.map { text in
      let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      let numbers = parts.compactMap { $0 }.filter { (1...4096).contains($0) }
      guard numbers.count == parts.count else {
        throw MISTError(.usage, at: "--heads", "expected N or N,N,…, found '\(text)'")
      }
      return numbers
    }
    options.epsilon = epsilon
  }
}
