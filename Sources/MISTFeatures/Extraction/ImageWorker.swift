import MISTFormats
import MISTVision

/// An image that cannot be decoded, or whose annotation does not fit it: to be skipped, whatever the reason.
struct UnreadableImage: Error {
  let cause: MISTError

  func skipped(_ file: String, index: Int) -> StoreManifest.SkippedFile {
    // Without the folder's name, which would make the store depend on where the images lay.
    let reason = [cause.place, cause.problem].compactMap { $0 }.joined(separator: ": ")
    return StoreManifest.SkippedFile(index: index, file: file, code: cause.code.name, reason: reason)
  }
}

/// One thread's part: decode, preprocess, forward, in memory allocated once.
final class ImageWorker {
  private let samples: any SampleSource
  private let preprocessor: Preprocessor
  private let worker: any FeatureWorker
  private let target: any TargetReader
  private let pixels: UnsafeMutableBufferPointer<Float>
  private let outputs: [UnsafeMutableBufferPointer<Float>]
  /// Whether the image opened last carries an orientation other than upright.
  private(set) var isOriented = false

  init(_ extraction: Extraction, _ preprocessor: Preprocessor) throws {
    let (plan, source) = (extraction.plan, extraction.source)
    samples = plan.samples
    self.preprocessor = preprocessor
    worker = try source.makeWorker()
    target = try plan.manifest.task.target.makeReader(plan, preprocessor)
    pixels = .allocate(capacity: 3 * source.inputSize.height * source.inputSize.width)
    outputs = source.tensors.map { .allocate(capacity: $0.count) }
  }

  deinit {
    pixels.deallocate()
    for buffer in outputs { buffer.deallocate() }
  }

  /// Decodes the image and the target of sample `sample` of split number `split`, for all of its views.
  /// Throws `UnreadableImage`.
  func open(_ sample: Int, of split: Int) throws {
    try Self.reading {
      let image = try preprocessor.decode(bytes: samples.image(sample, of: split))
      isOriented = image.orientation != .upright
      try target.open(sample, of: split, image: image)
    }
  }

  /// Computes the features of listed file `listed` of `split`, a view of the image opened last. Throws `UnreadableImage`,
  /// and what the source throws.
  func extract(_ listed: Int, of split: StoreManifest.Split) throws {
    try Self.reading { try preprocessor.apply(target.view(listed, of: split), into: pixels) }
    try worker.extract(pixels: UnsafeBufferPointer(pixels), into: outputs)
  }

  /// Whether the last view's target says nothing.
  var isUnlabelled: Bool { target.isUnlabelled }

  /// Puts the last computed features into `slot`.
  func store(in buffer: ShardBuffer, slot: Int) throws {
    try buffer.store(outputs, target.columns, in: slot)
  }

  private static func reading(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as MISTError where error.code.exit == .badData || error.code.exit == .noInput {
      throw UnreadableImage(cause: error)
    }
  }
}
