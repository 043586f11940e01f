import MISTFormats
import MISTVision

/// One thread's reading of annotated images: the part of an image that a listed view shows, and what a shard keeps of it.
final class SceneReader {
  private let folder: String
  private let masks: StoreManifest.Masks
  private let views: StoreManifest.Views
  private let classes: Int
  private let preprocessor: Preprocessor

  /// Of the last view read: the mask `[H, W]` at the model's input size.
  private(set) var mask: [UInt8] = []
  /// Of the last view read: top, left, height, width in pixels of the image, and 1 when mirrored.
  private(set) var view: [Int32] = []

  /// Nil for a classification plan.
  init?(_ plan: ExtractionPlan, _ preprocessor: Preprocessor) {
    guard let masks = plan.manifest.masks, let views = plan.manifest.views else { return nil }
    folder = plan.folder
    self.masks = masks
    self.views = views
    classes = plan.manifest.classes.count
    self.preprocessor = preprocessor
  }

  /// The part of `image` that listed file `index` of `split` shows. Throws what the annotation's decoder throws,
  /// `masks.size-differs` and `masks.unknown-class`.
  func read(_ index: Int, of split: StoreManifest.Split, _ image: RGBImage) throws -> RGBImage {
    let labels: LabelMap
    do {
      labels = try annotation(split.masks[index], for: image)
    } catch let error as MISTError {
      throw MISTError(
        error.code, at: (["annotation"] + (error.place.map { [$0] } ?? [])).joined(separator: ", "),
        error.problem, advice: error.advice)
    }
    let shown =
      split.views[index] == 0
      ? ImageView.whole(of: image)
      : ImageView.random(
        imageHeight: image.height, imageWidth: image.width, minimumScale: views.minimumScale,
        seed: views.seed,
        // A split lists a file once per view, one after the other.
        fileIndex: index / views.count, view: split.views[index])
    let placed = try preprocessor.apply(labels.viewed(shown))
    guard placed.height == masks.height, placed.width == masks.width else {
      throw MISTError(.bug, "a mask of \(placed.height) × \(placed.width) was made for the model's input")
    }
    mask = placed.values
    view = [shown.top, shown.left, shown.height, shown.width, shown.flip ? 1 : 0].map {
      Int32($0).littleEndian
    }
    return image.viewed(shown)
  }

  private func annotation(_ file: String, for image: RGBImage) throws -> LabelMap {
    let decoded = try LabelMapDecoder.decode(folder + "/" + file)
    guard decoded.height == image.height, decoded.width == image.width else {
      throw MISTError(
        .masksSizeDiffers,
        "it is \(decoded.height) × \(decoded.width) pixels, and the image \(image.height) × \(image.width)")
    }
    let labels = masks.reduceZeroLabel ? decoded.reducedZeroLabel() : decoded
    if let largest = labels.largestClass, largest >= classes {
      throw MISTError(
        .masksUnknownClass,
        "it holds the value \(Int(largest) + (masks.reduceZeroLabel ? 1 : 0)), and there are \(classes) classes",
        advice: "check the list of classes, and --reduce-zero-label")
    }
    return labels
  }
}
