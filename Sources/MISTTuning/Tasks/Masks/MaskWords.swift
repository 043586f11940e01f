import MISTEdge
import MISTFeatures

/// What is told of training and evaluating heads for segmentation.
package enum MaskWords: TaskWords {
  package static func overview(_ data: TrainingData<Masks>, _ manifest: StoreManifest) -> String {
    let sizes = manifest.levels.map { "\($0.height)×\($0.width)×\($0.channels)" }
    return
      "\(data.train.count) training samples of \(data.train.imageCount) images and \(data.validation.count) validation images, "
      + "\(data.classes) classes, maps \(sizes.joined(separator: ", ")) \(manifest.dtype.description)"
  }

  package static func choice(_ r: Recipe<Masks>) -> String {
    let head = r.head == .mlp ? "mlp (\(r.hidden) channels)" : "linear"
    let blocks = "attention (\(r.depth) blocks, rank \(r.rank))"
    let attention =
      switch r.lae {
      case .none: ""
      case .final: " after \(blocks) on the last level"
      case .all: " after \(blocks) on every level"
      }
    return "\(head)\(attention) on \(r.feature.label)"
  }

  package static func title(_ r: Recipe<Masks>) -> String {
    "\(choice(r)), lr \(r.rate), wd \(r.weightDecay)"
      + (r.dropout > 0 ? ", dropout \(r.dropout)" : "") + (r.inputNorm ? ", input norm" : "")
      + ", \(r.epochs) epochs"
  }

  package static var columns: [ReportColumn<Recipe<Masks>>] {
    [
      ReportColumn("head") { $0.head.rawValue },
      ReportColumn("lae") { $0.lae.rawValue },
      ReportColumn("input") { $0.feature.label },
      ReportColumn("lr", isNumber: true) { "\($0.rate)" },
      ReportColumn("wd", isNumber: true) { "\($0.weightDecay)" },
      ReportColumn("dropout", isNumber: true) { "\($0.dropout)" },
      ReportColumn("norm") { $0.inputNorm ? "yes" : "no" },
    ]
  }

  package static let trainingAccuracy = "pixels"
  package static let shortScore = "mIoU"
  package static let throughputDecimals = 1

  package static func headline(_ e: MaskEvaluation, _ format: FigureFormat) -> String {
    "mIoU \(format.percent(e.meanIoU))"
      + (e.standardError.map { " (standard error \(format.percent($0)))" } ?? "")
      + ", mean accuracy \(format.percent(e.meanAccuracy)), pixel accuracy \(format.percent(e.pixelAccuracy)), "
      + "\(e.count) images, \(e.pixels) labelled pixels"
  }

  package static func classTable(_ e: MaskEvaluation, _ format: FigureFormat) -> (
    titles: [String], rows: [[String]]
  ) {
    let (truth, iou, accuracy) = (e.truth, e.classIoU, e.classAccuracy)
    return (
      ["pixels", "IoU", "accuracy"],
      truth.indices.map {
        ["\(truth[$0])", iou[$0].map(format.percent) ?? "-", accuracy[$0].map(format.percent) ?? "-"]
      }
    )
  }

  package static func confusion(_ e: MaskEvaluation) -> [[Int]]? { e.confusion }

  package static let listsPredictions = false

  package static func predictions(_ e: MaskEvaluation) -> [(target: Int, prediction: Int)] { [] }

  package static func report(_ e: MaskEvaluation, split: String, classes: [String]) -> MaskReport {
    let (truth, iou, accuracy) = (e.truth, e.classIoU, e.classAccuracy)
    return MaskReport(
      split: split, images: e.count, pixels: e.pixels, meanIoU: e.meanIoU, standardError: e.standardError,
      meanAccuracy: e.meanAccuracy, pixelAccuracy: e.pixelAccuracy, loss: e.loss,
      classes: classes.indices.map {
        .init(name: classes[$0], pixels: truth[$0], iou: iou[$0], accuracy: accuracy[$0])
      }, confusion: e.confusion)
  }
}

/// What `mist eval --json` says of a head for segmentation.
package struct MaskReport: Encodable {
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
}
