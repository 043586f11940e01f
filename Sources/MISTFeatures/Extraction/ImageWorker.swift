import MISTFormats
import MISTVision

/// An image that cannot be decoded, or whose annotation does not fit it: to be skipped, whatever the reason.
struct UnreadableImage: Error {
  let file: String
  let cause: MISTError

  func skipped(index: Int) -> StoreManifest.SkippedFile {
    // Without the folder's name, which would make the store depend on where the images lay.
    let reason = [cause.place, cause.problem].compactMap { $0 }.joined(separator: ": ")
    return StoreManifest.SkippedFile(index: index, file: file, code: cause.code.name, reason: reason)
  }
}

/// One thread's part: decode, preprocess, forward, in memory allocated once.
final class ImageWorker {
  private let folder: String
  private let preprocessor: Preprocessor
  private let worker: any FeatureWorker
  private let scene: SceneReader?
  private let pixels: UnsafeMutableBufferPointer<Float>
  private let outputs: [UnsafeMutableBufferPointer<Float>]

  init(_ extraction: Extraction, _ preprocessor: Preprocessor) throws {
    let source = extraction.source
    folder = extraction.plan.folder
    self.preprocessor = preprocessor
    worker = try source.makeWorker()
    scene = SceneReader(extraction.plan, preprocessor)
    pixels = .allocate(capacity: 3 * source.inputSize.height * source.inputSize.width)
    outputs = source.tensors.map { .allocate(capacity: $0.count) }
  }

  deinit {
    pixels.deallocate()
    for buffer in outputs { buffer.deallocate() }
  }

  /// Computes the features of listed file `index` of `split`. Throws `UnreadableImage`, and what the source throws.
  func extract(_ index: Int, of split: StoreManifest.Split) throws {
    let file = split.files[index]
    do {
      var image = try ImageDecoder.decode(folder + "/" + file)
      if let scene { image = try scene.read(index, of: split, image) }
      try preprocessor.apply(image, into: pixels)
    } catch let error as MISTError where error.code.exit == .badData || error.code.exit == .noInput {
      throw UnreadableImage(file: file, cause: error)
    }
    try worker.extract(pixels: UnsafeBufferPointer(pixels), into: outputs)
  }

  /// Puts the last computed features into `slot`.
  func store(in buffer: ShardBuffer, slot: Int) throws {
    try buffer.store(outputs, scene, in: slot)
  }
}
