import MISTVision

/// What a head says of one image.
public enum ImageResult: Hashable, Sendable {
  /// Of a head for classification: classes, the most probable first.
  case classes([ClassScore])
  /// Of a head for segmentation: the class of every pixel.
  case mask(ImageMask)
}

/// A class and its probability.
public struct ClassScore: Hashable, Sendable {
  /// Index into the head's classes.
  public let index: Int
  public let name: String
  /// Softmax of the logits, 0…1.
  public let probability: Double
}

/// The class of every pixel of an image.
public struct ImageMask: Hashable, Sendable {
  /// The value of pixels that have no class: those that the model's crop cut off.
  public static let ignored = LabelMap.ignored

  /// Size of the image.
  public let height: Int
  public let width: Int
  /// Class numbers `[height, width]`, row by row, or `ignored`.
  public let values: [UInt8]

  package init(_ labels: LabelMap) {
    height = labels.height
    width = labels.width
    values = labels.values
  }

  package var labels: LabelMap { LabelMap(width: width, height: height, values: values) }
}
