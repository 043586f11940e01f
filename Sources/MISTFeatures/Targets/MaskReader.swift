import MISTEdge
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
  private(set) var isUnlabelled = false

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
  func open(_ sample: Int, of split: Int, image: OrientedImage) throws {
    do {
      opened = (sample, image.image, try annotation(sample, of: split, for: image))
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
    isUnlabelled = placed.largestClass == nil
    columns = [(MaskTarget.view, window.withUnsafeBytes { Array($0) }), (MaskTarget.mask, placed.values)]
    return image.viewed(shown)
  }

  private func annotation(_ sample: Int, of split: Int, for image: OrientedImage) throws -> LabelMap {
    let bytes = try source.mask(sample, of: split)
    let decoded = try placed(try LabelMapDecoder.decode(bytes: bytes), bytes, as: image)
    let labels = masks.reduceZeroLabel ? decoded.reducedZeroLabel() : decoded
    if let largest = labels.largestClass, largest >= classes {
      throw MISTError(
        .masksUnknownClass,
        "it holds the value \(Int(largest) + (masks.reduceZeroLabel ? 1 : 0)), and there are \(classes) classes",
        advice: "check the list of classes, and --reduce-zero-label")
    }
    return labels
  }

  /// The annotation as its image lies. Where orientations are applied, by the one that its own file carries; else like the image if it
  /// has the size of the stored pixels, and not at all if it has that of the turned ones. Throws `masks.size-differs`.
  private func placed(_ mask: LabelMap, _ bytes: [UInt8], as image: OrientedImage) throws -> LabelMap {
    var placed = mask
    if preprocessor.preprocessing.orientation == .apply {
      let own = try ImageDecoder.orientation(of: bytes)
      let isStored = MapSize(height: mask.height, width: mask.width) == image.storedSize
      placed = mask.turned(own != .upright ? own : isStored ? image.orientation : .upright)
    }
    let size = MapSize(height: placed.height, width: placed.width)
    guard size.height == image.image.height, size.width == image.image.width else {
      let isTurned = size == image.shownSize
      throw MISTError(
        .masksSizeDiffers,
        "it is \(mask.height) × \(mask.width) pixels, and the image \(image.image.height) × \(image.image.width)"
          + (isTurned ? " without the EXIF orientation that it carries" : ""),
        advice: isTurned ? "extract with --orientation apply" : nil)
    }
    return placed
  }
}
