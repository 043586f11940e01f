import ArgumentParser
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
    help: "Whether 0 in annotations means 'other' and is ignored, and classes count from 1, as in ADE20K.")
  var reduceZeroLabel = true

  @Option(
    help: "Views of every training image: the whole image, and random crops, half of them mirrored.")
  var views = 1

  @Option(help: "Seed of the random views.")
  var seed: UInt64 = 0

  @Option(help: "Levels of a pyramid to store: pyramid (all) or final (the coarsest).")
  var export: PyramidExport = .pyramid

  var settings: AnnotationSettings {
    AnnotationSettings(reduceZeroLabel: reduceZeroLabel, views: .init(count: views, seed: seed))
  }

  func validate() throws {
    try NumberOption.check("views", views, 1...StoreManifest.largestViewCount)
  }
}

extension PyramidExport: ExpressibleByArgument {}
