import MISTFeatures
import MISTFormats

/// Training and validation samples of one feature store.
package struct TrainingData<Task: TuningTask>: Sendable {
  package let train: Samples<Task>
  /// Whole images.
  package let validation: Samples<Task>
  package let classes: Int
  /// The model that made the features; nil where nothing is known of it.
  package let model: SourceModel?

  package init(
    train: Samples<Task>, validation: Samples<Task>, classes: Int, model: SourceModel? = nil
  ) {
    self.model = model
    self.train = train
    self.validation = validation
    self.classes = classes
  }

  /// The training and validation samples of `store`, and a sentence when a part of `train` had to be held out: the store has no
  /// `val` split then, and the images of that part, with all their views, are chosen by `seed`.
  /// Throws `features.no-such-split` without a `train` split, `training.too-few-samples` when a part is empty,
  /// `training.no-targets` when the targets of one say nothing.
  package static func open(_ store: FeatureStore, seed: UInt64) throws -> (data: Self, note: String?) {
    let classes = store.manifest.classes.count
    // A class-per-folder tree without splits above it is one split, whatever its name.
    let name = store.splits.count == 1 ? store.splits[0].name : "train"
    let train = try Samples<Task>(store.split(name), of: store)
    if name == "train", let split = store.splits.first(where: { $0.name == "val" }) {
      let validation = try Samples<Task>(split, of: store).whole
      try check(train.count, validation.count, store.path)
      let data = Self(
        train: train, validation: validation, classes: classes, model: SourceModel(store))
      try data.checkTargets(store.path, "split 'train'", "split 'val'")
      return (data, nil)
    }
    let images = train.imageCount
    try check(images - 1, train.whole.count, store.path)
    let (rest, heldOut) = train.holdOut(TrainingHoldOut.fraction, seed: seed)
    try check(rest.count, heldOut.count, store.path)
    let data = Self(
      train: rest, validation: heldOut, classes: classes, model: SourceModel(store))
    try data.checkTargets(
      store.path, "what is trained on of split '\(name)'", "what is held out of split '\(name)'")
    return (
      data,
      "there is no val split: \(heldOut.count) of the \(images) \(Task.samples) of '\(name)' are held out for validation"
    )
  }

  private func checkTargets(_ path: String, _ trained: String, _ validated: String) throws {
    do {
      try train.checkTargets(trained)
      try validation.checkTargets(validated)
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  private static func check(_ train: Int, _ validation: Int, _ path: String) throws {
    guard train > 0, validation > 0 else {
      throw MISTError(
        .trainingTooFewSamples, file: path,
        "training needs at least one \(Task.sample) to train on and one to validate, found \(max(0, train)) and \(validation)",
        advice: "add images")
    }
  }
}

/// How much of `train` validates when a store has no `val` split.
package enum TrainingHoldOut {
  package static let fraction = 0.2
}

extension Samples {
  /// All samples of a split. Throws what opening its tensors throws; `features.other-task` when they are for another task.
  package init(_ split: FeatureSplit, of store: FeatureStore) throws {
    guard split.task == Task.name else {
      throw MISTError(
        .featuresOtherTask, file: store.path,
        "the features are for \(split.task.rawValue), and \(Task.name.rawValue) asked for them",
        advice: "extract with --task \(Task.name.rawValue)")
    }
    let targets = try Task.targets(split)
    self.init(try StoredSplit(split, manifest: store.manifest), targets)
  }
}

extension ErrorCode {
  package static let trainingTooFewSamples = ErrorCode("training.too-few-samples")
}
