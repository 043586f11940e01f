import ArgumentParser
import MISTEdge
import MISTFeatures
import MISTInference

/// What `mist extract` is told about annotated images.
struct AnnotationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The classes, one per line; by default \(ClassList.fileName) or \(ClassList.ade20kFileName) of the folder.",
      valueName: "file"))
  var classes: String?

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Whether 0 in annotations means 'other' and is ignored, and classes count from 1, as in ADE20K. Default: so."
    ))
  var reduceZeroLabel: Bool?

  @Option(
    help:
      "Views of every training image: the whole image, and random crops, half of them mirrored. Default: 1.")
  var views: Int?

  @Option(help: "Seed of the random views. Default: 0.")
  var seed: UInt64?

  @Option(help: "Levels of a pyramid to store: pyramid (all) or final (the coarsest). Default: pyramid.")
  var export: PyramidExport?

  var settings: AnnotationSettings {
    AnnotationSettings(
      reduceZeroLabel: reduceZeroLabel ?? true, views: .init(count: views ?? 1, seed: seed ?? 0))
  }

  /// Throws `usage` when images without annotations are extracted, and what only those know was asked for.
  func check(for task: FeatureTask) throws {
    guard !task.isDense else { return }
    let given: [(name: String, isGiven: Bool)] = [
      ("--reduce-zero-label", reduceZeroLabel == true), ("--no-reduce-zero-label", reduceZeroLabel == false),
      ("--views", views != nil), ("--seed", seed != nil), ("--export", export != nil),
    ]
    try OptionRefusal.other(OptionRefusal.given(given), of: .segmentation, task: task)
  }

  func validate() throws {
    try NumberOption.check("views", views, 1...StoreManifest.largestViewCount)
  }
}

extension PyramidExport: ExpressibleByArgument {}
