import MISTFeatures
import MISTFormats

/// Training and validation samples for segmentation.
public struct MapTrainingData: Sendable {
  public let train: MapSubset
  /// Whole images.
  public let validation: MapSubset
  public let classes: Int

  public init(train: MapSubset, validation: MapSubset, classes: Int) {
    self.train = train
    self.validation = validation
    self.classes = classes
  }

  /// The training and validation samples of `store`, and a sentence when a part of `train` had to be held out: the
  /// store has no `val` split then, and the images of that part, with all their views, are chosen by `seed`.
  /// Throws `features.no-such-split` without a `train` split, `training.too-few-samples` when a part is empty.
  public static func open(_ store: FeatureStore, seed: UInt64) throws -> (
    data: MapTrainingData, note: String?
  ) {
    let manifest = store.manifest
    let name = store.splits.count == 1 ? store.splits[0].name : "train"
    let train = MapSubset(try StoredMaps(try store.split(name), manifest: manifest))
    let classes = manifest.classes.count
    if name == "train", let split = store.splits.first(where: { $0.name == "val" }) {
      let validation = MapSubset(try StoredMaps(split, manifest: manifest)).whole
      try check(train.count, validation.count, store.path)
      return (MapTrainingData(train: train, validation: validation, classes: classes), nil)
    }
    let images = train.imageCount
    try check(images - 1, train.whole.count, store.path)
    let (rest, heldOut) = train.holdOut(TrainingData.holdOutFraction, seed: seed)
    try check(rest.count, heldOut.count, store.path)
    return (
      MapTrainingData(train: rest, validation: heldOut, classes: classes),
      "there is no val split: \(heldOut.count) of the \(images) images of '\(name)' are held out for validation"
    )
  }

  private static func check(_ train: Int, _ validation: Int, _ path: String) throws {
    guard train > 0, validation > 0 else {
      throw MISTError(
        .trainingTooFewSamples, file: path,
        "training needs at least one image to train on and one to validate", advice: "add images")
    }
  }
}
