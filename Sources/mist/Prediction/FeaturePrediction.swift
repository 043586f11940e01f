import Foundation
import MISTFormats
import MISTInference
import MISTVision

/// Predicts stored features by a bundle, with masks as PNG files.
struct FeaturePrediction {
  private let predictor: FeaturePredictor
  private let shards: [String]
  private let names: PictureNames?
  private let top: Int

  /// Throws what opening bundles throws, `usage`, and `predict.same-name`.
  init(bundle path: String, shards: [String], names: PictureNames?, top: Int) throws {
    predictor = try FeaturePredictor(bundle: path)
    self.shards = shards
    self.names = names
    self.top = top
    if predictor.isSegmentation {
      guard let names else {
        throw MISTError(
          .usage, "the bundle gives a mask per sample", advice: "name a folder for the masks with -o")
      }
      try names.check(shards.map(FilePath.init))
    }
  }

  /// Predicts every sample of every shard, `threads` samples at a time. Throws the `edge-features.` codes.
  func run(threads: Int) throws -> PredictionReport {
    let (classes, names) = (predictor.classes, names)
    let palette = Palette.standard(classes: classes.count)
    let items = try predictor.run(
      shards, threads: threads, top: top,
      start: { notes in
        for note in notes { Console.note(note) }
        if predictor.isSegmentation { try names?.create() }
      },
      { path, index, result -> PredictionReport.Item in
        switch result {
        case .classes(let ranked):
          return .init(file: path, sample: index, classes: ranked.map(PredictionReport.Class.init))
        case .mask(let result):
          guard let names else { throw MISTError(.bug, "there is no folder for the masks") }
          let mask = names.mask(PictureNames.stem(FilePath(path)) + String(format: "-%05d", index))
          try PNGFile.writeIndexed(result.labels, palette: palette, to: mask)
          return .init(
            file: path, sample: index, height: result.height, width: result.width, mask: mask,
            classes: PredictionReport.classes(result.labels, names: classes).classes)
        }
      })
    return PredictionReport(
      task: predictor.isSegmentation ? "segmentation" : "classification", items: items)
  }
}
