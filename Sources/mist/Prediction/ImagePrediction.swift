import MISTBackbone
import MISTFeatures
import MISTFormats
import MISTInference
import MISTVision
import Synchronization

/// Predicts the images of a command line, and writes the pictures of a segmentation.
struct ImagePrediction: Sendable {
  private let paths: [FilePath]
  private let predictor: ImagePredictor
  private let names: PictureNames?
  private let top: Int

  /// What nobody should overlook, a sentence each.
  var notes: [String] { predictor.notes }

  /// Opens what it takes; nothing is written yet. `names` is needed for segmentation.
  /// Throws what `ImagePredictor` throws, `usage`, and the names' errors.
  init(
    model: String, head: HeadFile?, paths: [FilePath], names: PictureNames?, top: Int,
    backend: ProductBackend?,
    precision: PrecisionRequest, calibration: CalibrationFolder?
  ) throws {
    predictor = try ImagePredictor(
      model: model, head: head, backend: backend, precision: precision, calibration: calibration,
      images: ExampleImages(count: paths.count) { try Self.bytes(paths[$0]) })
    self.paths = paths
    self.names = names
    self.top = top
    if predictor.isSegmentation {
      guard let names else {
        throw MISTError(
          .usage, "the head gives a mask per image", advice: "name a folder for the masks with -o")
      }
      try names.check(paths)
    }
  }

  /// Predicts every image, `threads` at a time, and calls `progress` with the number done.
  /// The first image that cannot be predicted ends it with its error; pictures written by then are whole.
  func run(threads: Int, progress: @Sendable (Int) -> Void) throws -> PredictionReport {
    try names?.create()
    let workers = try (0..<max(1, min(threads, paths.count))).map { _ in try predictor.makeWorker() }
    let items = Mutex((list: [PredictionReport.Item?](repeating: nil, count: paths.count), done: 0))
    try WorkerPool.forEach(paths.count, workers: workers) { worker, index in
      let item: PredictionReport.Item
      do {
        item = try predict(paths[index], worker)
      } catch let error as MISTError {
        throw error.inFile(paths[index].text)
      }
      let done = items.withLock { items in
        items.list[index] = item
        items.done += 1
        return items.done
      }
      progress(done)
    }
    return PredictionReport(
      task: predictor.isSegmentation ? "segmentation" : "classification",
      items: items.withLock { $0.list.compactMap { $0 } },
      orientation: predictor.preprocessor.preprocessing.orientation,
      precision: predictor.decision.precision, precisionChoice: predictor.decision.choice)
  }

  private static func bytes(_ path: FilePath) throws -> [UInt8] {
    do {
      return try ImageDecoder.contents(of: path)
    } catch let error as MISTError {
      throw error.inFile(path.text)
    }
  }

  private func predict(_ path: FilePath, _ worker: ImagePredictor.Worker) throws -> PredictionReport.Item {
    let decoded = try predictor.preprocessor.decode(bytes: Self.bytes(path))
    let image = decoded.image
    let orientation = decoded.orientation == .upright ? nil : Int(decoded.orientation.rawValue)
    switch try worker.predict(image, top: top) {
    case .classes(let classes):
      return .init(
        file: path.text, orientation: orientation, classes: classes.map(PredictionReport.Class.init))
    case .mask(let result):
      guard let names else { throw MISTError(.bug, "there is no folder for the masks") }
      let (labels, palette) = (result.labels, Palette.standard(classes: predictor.classes.count))
      let stem = PictureNames.stem(path)
      let (mask, overlay) = (names.mask(stem), names.overlay(stem))
      // Encoded before anything is written: a failure leaves neither.
      let picture = Overlay.blend(image, labels, palette)
      try PNGFile.writeIndexed(labels, palette: palette, to: mask)
      try PNGFile.writeRGB(picture, to: overlay)
      let (classes, ignored) = PredictionReport.classes(labels, names: predictor.classes)
      return .init(
        file: path.text, orientation: orientation, height: image.height, width: image.width, mask: mask,
        overlay: overlay, classes: classes,
        ignored: ignored > 0 ? ignored : nil)
    }
  }
}
