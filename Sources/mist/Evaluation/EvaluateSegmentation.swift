import MISTFeatures
import MISTFormats
import MISTTuning

extension Eval {
  func evaluate(_ head: MapHead, _ store: FeatureStore) throws {
    guard predictions == nil else {
      throw MISTError(
        .usage, "--predictions is an option of classification, and this head is for segmentation",
        advice: "mist predict writes masks")
    }
    do {
      try head.check(store.manifest)
    } catch let error as MISTError {
      throw error.inFile(features)
    }
    let source = try source(store, task: .segmentation)
    let maps = try StoredMaps(source, manifest: store.manifest)
    let data = MapSubset(maps).whole
    guard data.count > 0 else {
      throw MISTError(.trainingTooFewSamples, file: features, "split '\(source.name)' has no images")
    }
    let evaluation = try MapPredictor(
      shape: head.shape, feature: head.description.feature, maskHeight: maps.maskHeight,
      maskWidth: maps.maskWidth, threads: threadCount
    ).evaluate(data, parameters: head.parameters)
    let report = SegmentationReport(source.name, evaluation, head.description.classes)
    if json {
      try Console.json(report)
    } else {
      report.print()
    }
  }
}

private struct SegmentationReport: Encodable {
  struct Class: Encodable {
    let name: String
    /// Pixels in the masks.
    let pixels: Int
    let iou: Double?
    let accuracy: Double?
  }

  let split: String
  let images: Int
  /// Labelled ones, of all images.
  let pixels: Int
  let meanIoU: Double
  /// Of the mean IoU, over images.
  let standardError: Double?
  let meanAccuracy: Double
  let pixelAccuracy: Double
  /// Mean cross-entropy on the head's output grid.
  let loss: Double
  let classes: [Class]
  /// Pixels `[true][predicted]`.
  let confusion: [[Int]]

  init(_ split: String, _ e: MapEvaluation, _ names: [String]) {
    self.split = split
    images = e.count
    pixels = e.pixels
    meanIoU = e.meanIoU
    standardError = e.standardError
    meanAccuracy = e.meanAccuracy
    pixelAccuracy = e.pixelAccuracy
    loss = e.loss
    let (truth, iou, accuracy) = (e.truth, e.classIoU, e.classAccuracy)
    classes = names.indices.map {
      Class(name: names[$0], pixels: truth[$0], iou: iou[$0], accuracy: accuracy[$0])
    }
    confusion = e.confusion
  }

  func print() {
    var line = "\(split): mIoU \(Format.percent(meanIoU))"
    if let standardError { line += " (standard error \(Format.percent(standardError)))" }
    Console.line(
      line
        + ", mean accuracy \(Format.percent(meanAccuracy)), pixel accuracy \(Format.percent(pixelAccuracy)), "
        + "\(images) images, \(pixels) labelled pixels")
    Console.line()
    var table = Table([("class", .left), ("pixels", .right), ("IoU", .right), ("accuracy", .right)])
    for row in classes {
      table.add([
        row.name, "\(row.pixels)", row.iou.map(Format.percent) ?? "-",
        row.accuracy.map(Format.percent) ?? "-",
      ])
    }
    table.print()
    Eval.confusion(confusion, classes.map(\.name))
  }
}
