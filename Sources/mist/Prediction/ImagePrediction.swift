import MISTBackbone
import MISTEdge
import MISTFormats
import MISTModels
import MISTVision
import Synchronization

/// Predicts images: decoding, preprocessing, backbone, head, and the pictures of a segmentation.
struct ImagePrediction: Sendable {
  let paths: [String]
  private let head: PredictionHead
  private let backbone: any Backbone
  /// An output per pointer of `HeadRunner.inputs`.
  private let outputs: [BackboneOutput]
  private let preprocessor: Preprocessor
  private let size: (height: Int, width: Int)
  private let names: PictureNames?
  private let palette: Palette
  private let top: Int

  /// Opens what it takes; nothing is written yet. `names` is needed for segmentation.
  /// Throws what reading models, heads and bundles throws, `usage`, `predict.no-head`, and the `head.` codes when head and
  /// model do not belong together.
  init(
    model: String, head file: PredictionArguments.HeadFile?, paths: [String], names: PictureNames?, top: Int,
    backend: ProductBackend
  ) throws {
    let checkpoint = try CanonicalCheckpoint.open(model)
    switch file {
    case .head(let path):
      head = try Self.inFile(path) {
        let head = try PredictionHead(headFile: path)
        try head.check(checkpoint)
        return head
      }
    case .bundle(let path):
      head = try Self.inFile(path) {
        let head = try BundleFile(path).head
        try head.check(checkpoint)
        return head
      }
    case nil:
      let own = try Preprocessor(checkpoint.preprocessing)
      head = try PredictionHead(
        decodeHeadOf: checkpoint,
        size: try own.outputSize ?? own.outputSize(of: ImageDecoder.decode(paths[0])))
    }
    preprocessor = try Preprocessor(head.preprocessing)
    size = try head.input ?? Self.size(of: checkpoint, preprocessor)
    outputs = try head.outputs(of: checkpoint.configuration, size)
    backbone = try Backbones.open(
      checkpoint, imageSize: MapSize(height: size.height, width: size.width), outputs: outputs,
      backend: backend)
    palette = .standard(classes: head.classes.count)
    self.paths = paths
    self.names = names
    self.top = top
    if isSegmentation {
      guard let names else {
        throw MISTError(
          .usage, "the head gives a mask per image", advice: "name a folder for the masks with -o")
      }
      try names.check(paths)
    }
  }

  var isSegmentation: Bool { head.levels != nil }

  private static func inFile<R>(_ path: String, _ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  /// The input size of a head on tokens: the preprocessing's, else the model's own.
  private static func size(
    of checkpoint: CanonicalCheckpoint, _ preprocessor: Preprocessor
  ) throws -> (height: Int, width: Int) {
    if let size = preprocessor.outputSize { return size }
    let own = checkpoint.configuration.details.imageSize()
    return (own.height, own.width)
  }

  /// Predicts every image, `threads` at a time, and calls `progress` with the number done.
  /// The first image that cannot be predicted ends it with its error; pictures written by then are whole.
  func run(threads: Int, progress: @Sendable (Int) -> Void) throws -> PredictionReport {
    try names?.create()
    let workers = try (0..<max(1, min(threads, paths.count))).map { _ in try Worker(self) }
    let items = Mutex([PredictionReport.Item?](repeating: nil, count: paths.count))
    try WorkerPool.forEach(paths.count, workers: workers) { worker, index in
      let item = try Self.inFile(paths[index]) { try worker.predict(paths[index]) }
      let done = items.withLock { items in
        items[index] = item
        return items.count { $0 != nil }
      }
      progress(done)
    }
    return PredictionReport(
      task: isSegmentation ? "segmentation" : "classification", items: items.withLock { $0.compactMap { $0 } }
    )
  }

  /// One thread's memory.
  private final class Worker {
    private let job: ImagePrediction
    private let backbone: any BackboneWorker
    private let runner: HeadRunner
    private var pixels: [Float]

    init(_ job: ImagePrediction) throws {
      self.job = job
      backbone = try job.backbone.makeWorker(job.outputs)
      runner = HeadRunner(job.head)
      pixels = [Float](repeating: 0, count: 3 * job.size.height * job.size.width)
    }

    func predict(_ path: String) throws -> PredictionReport.Item {
      let image = try ImageDecoder.decode(path)
      let size = job.preprocessor.outputSize(of: image)
      guard size == job.size else {
        throw MISTError(
          .predictInputSize,
          "its preprocessing gives an input of \(size.height) × \(size.width), where "
            + "\(job.size.height) × \(job.size.width) is expected",
          advice: "predict it on its own, or crop it")
      }
      try pixels.withUnsafeMutableBufferPointer { try job.preprocessor.apply(image, into: $0) }
      try pixels.withUnsafeBufferPointer { pixels in
        try backbone.forward(pixels) { index, values in
          guard let base = values.baseAddress else { return }
          runner.inputs[index].update(from: base, count: values.count)
        }
      }
      guard job.isSegmentation, let names = job.names else {
        return .init(
          file: path, classes: PredictionReport.classes(runner.rank(top: job.top), names: job.head.classes))
      }
      let labels = runner.segment(job.preprocessor, height: image.height, width: image.width)
      let stem = PictureNames.stem(path)
      let (mask, overlay) = (names.mask(stem), names.overlay(stem))
      // Encoded before anything is written: a failure leaves neither.
      let picture = Overlay.blend(image, labels, job.palette)
      try PNGFile.writeIndexed(labels, palette: job.palette, to: mask)
      try PNGFile.writeRGB(picture, to: overlay)
      let (classes, ignored) = PredictionReport.classes(labels, names: job.head.classes)
      return .init(
        file: path, height: image.height, width: image.width, mask: mask, overlay: overlay, classes: classes,
        ignored: ignored > 0 ? ignored : nil)
    }
  }
}
