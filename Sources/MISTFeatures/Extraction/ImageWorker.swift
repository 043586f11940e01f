import MISTFormats
import MISTVision

/// An image that cannot be decoded: to be skipped, whatever the reason.
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
  private let pixels: UnsafeMutableBufferPointer<Float>
  private let gathers: [UnsafeMutableBufferPointer<Float>]
  private let final: UnsafeMutableBufferPointer<Float>?

  init(_ extraction: Extraction, _ preprocessor: Preprocessor) throws {
    let source = extraction.source
    folder = extraction.plan.images.path
    self.preprocessor = preprocessor
    worker = try source.makeWorker()
    pixels = .allocate(capacity: 3 * source.inputSize.height * source.inputSize.width)
    gathers = source.gathers.map { _ in .allocate(capacity: source.tokens * source.channels) }
    final = source.includesFinal ? .allocate(capacity: source.channels) : nil
  }

  deinit {
    pixels.deallocate()
    for buffer in gathers { buffer.deallocate() }
    final?.deallocate()
  }

  /// Computes the features of `file`, a path relative to the image folder. Throws `UnreadableImage`, and what the
  /// source throws.
  func extract(_ file: String) throws {
    do {
      try preprocessor.apply(ImageDecoder.decode(folder + "/" + file), into: pixels)
    } catch let error as MISTError where error.code.exit == .badData || error.code.exit == .noInput {
      throw UnreadableImage(file: file, cause: error)
    }
    try worker.extract(pixels: UnsafeBufferPointer(pixels), gathers: gathers, final: final)
  }

  /// Puts the last computed features into `slot`.
  func store(in buffer: ShardBuffer, slot: Int) throws {
    try buffer.store(gathers, final: final, in: slot)
  }
}
