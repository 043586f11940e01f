import MISTFormats
import MISTVision

/// One thread's reading of annotated images: the part of an image that a listed view shows, and what a shard keeps of it.
final class MaskReader: TargetReader {
  private let source: any SampleSource
  private let masks: StoreManifest.Masks
  private let views: StoreManifest.Views
  private let classes: Int
  private let preprocessor: Preprocessor
  private var opened: (sample: Int, image: RGBImage, labels: LabelMap)?
  private(set) var columns: [(name: String, bytes: [UInt8])] = []

  init(_ plan: ExtractionPlan, _ preprocessor: Preprocessor) throws {
    guard let masks = plan.manifest.masks, let views = plan.manifest.views else {
      throw MISTError(.bug, "a plan for segmentation has no masks")
    }
    source = plan.samples
    self.masks = masks
    self.views = views
    classes = plan.manifest.classes.count
    self.preprocessor = preprocessor
  }

  /// Throws what the annotation's decoder throws, `masks.size-differs` and `masks.unknown-class`.
  func open(_ sample: Int, of split: Int, image: RGBImage) throws {
    do {
      opened = (sample, image, try annotation(sample, of: split, for: image))
    } catch let error as MISTError {
      throw error.within("annotation")
    }
  }

  func view(_ listed: Int, of split: StoreManifest.Split) throws -> RGBImage {
    guard let (sample, image, labels) = opened else {
      throw MISTError(.bug, "a view of no image was asked for")
    }
    let shown =
      split.views[listed] == 0
      ? ImageView.whole(of: image)
      : ImageView.random(
        imageHeight: image.height, imageWidth: image.width, minimumScale: views.minimumScale,
        seed: views.seed, fileIndex: sample, view: split.views[listed])
    let placed = try preprocessor.apply(labels.viewed(shown))
    guard placed.height == masks.height, placed.width == masks.width else {
      throw MISTError(.bug, "a mask of \(placed.height) × \(placed.width) was made for the model's input")
    }
    let window = [shown.top, shown.left, shown.height, shown.width, shown.flip ? 1 : 0].map {
      Int32($0).littleEndian
    }
    columns = [(MaskTarget.view, window.withUnsafeBytes { Array($0) }), (MaskTarget.mask, placed.values)]
    return image.viewed(shown)
  }

  private func annotation(_ sample: Int, of split: Int, for image: RGBImage) throws -> LabelMap {
    let decoded = try LabelMapDecoder.decode(bytes: source.mask(sample, of: split))
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
