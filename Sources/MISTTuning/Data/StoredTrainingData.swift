import MISTFeatures
import MISTFormats

extension TrainingData {
  /// How much of `train` validates when a store has no `val` split.
  public static let holdOutFraction = 0.2

  /// The training and validation samples of `store`, and a sentence when a part of `train` had to be held out: the
  /// store has no `val` split then, and the part is chosen by `seed`.
  /// Throws `features.no-such-split` without a `train` split, `training.too-few-samples` when a part is empty.
  public static func open(_ store: FeatureStore, seed: UInt64) throws -> (data: TrainingData, note: String?) {
    let manifest = store.manifest
    // A class-per-folder tree without splits above it is one split, whatever its name.
    let name = store.splits.count == 1 ? store.splits[0].name : "train"
    let train = FeatureSubset(try StoredSplit(try store.split(name), manifest: manifest))
    let classes = manifest.classes.count
    if name == "train", let split = store.splits.first(where: { $0.name == "val" }) {
      let validation = FeatureSubset(try StoredSplit(split, manifest: manifest))
      try check(train.count, validation.count, store.path)
      return (TrainingData(train: train, validation: validation, classes: classes), nil)
    }
    try check(train.count - 1, 1, store.path)
    let (rest, heldOut) = train.holdOut(holdOutFraction, seed: seed)
    return (
      TrainingData(train: rest, validation: heldOut, classes: classes),
      "there is no val split: \(heldOut.count) of the \(train.count) samples of '\(name)' are held out for validation"
    )
  }

  private static func check(_ train: Int, _ validation: Int, _ path: String) throws {
    guard train > 0, validation > 0 else {
      throw MISTError(
        .trainingTooFewSamples, file: path,
        "training needs at least one sample to train on and one to validate",
        advice: "add images")
    }
  }
}

extension ErrorCode {
  public static let trainingTooFewSamples = ErrorCode("training.too-few-samples")
}
