import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels

extension Head {
  /// A SegFormer decode head in its merged form, bound to features: an mlp head without norms and attention that computes the same
  /// function of them.
  ///
  /// - Parameters:
  ///   - names: The decode head's own class names, when its file has them.
  ///   - feature: Which of the features it reads.
  ///
  /// Throws `head.wrong-task` for classification features, `fold.channels-mismatch` and `fold.classes-mismatch` when the decode head
  /// is for other levels or classes, `head.feature-mismatch` when `feature` is not stored.
  package static func fold(
    _ merged: MergedDecodeHead, names: [String]? = nil, feature: Feature, manifest: StoreManifest
  ) throws -> Head {
    let levels = manifest.levels
    if manifest.task == .segmentation, merged.channels != levels.map(\.channels) {
      throw MISTError(
        .foldChannelsMismatch,
        "the decode head reads \(merged.channels.count) levels of \(text(merged.channels)) channels, and the features have "
          + "\(levels.count) of \(text(levels.map(\.channels)))",
        advice: "extract with --export pyramid from the decode head's own kind of model")
    }
    try check(merged.classes, names, manifest.classes, task: manifest.task)
    let network = DenseNetwork(
      levels: levels.map {
        .init(level: $0.level, height: $0.height, width: $0.width, channels: $0.channels)
      },
      hidden: merged.width, inputNorm: false, norm: false)
    let head = try Head(
      description: HeadDescription(
        task: .segmentation, network: .dense(network), feature: feature,
        input: manifest.masks.map { MapSize(height: $0.height, width: $0.width) }, of: manifest),
      parameters: merged.parameters)
    try head.check(manifest)
    return head
  }

  private static func check(_ count: Int, _ names: [String]?, _ classes: [String], task: FeatureTask) throws {
    guard task == .segmentation else {
      throw MISTError(
        .headWrongTask, "a decode head is for segmentation, and these features are for \(task.rawValue)",
        advice: "extract with --task segmentation")
    }
    guard count == classes.count else {
      throw MISTError(
        .foldClassesMismatch, "the decode head has \(count) classes, and the features have \(classes.count)",
        advice: "extract with the decode head's list of classes")
    }
    // Other names may be other words for the same classes; the same names in another order are not.
    if let names, Set(names) == Set(classes),
      let i = zip(names, classes).enumerated().first(where: { $1.0 != $1.1 })
    {
      throw MISTError(
        .foldClassesMismatch,
        "class \(i.offset) is '\(i.element.0)' to the decode head and '\(i.element.1)' to the features",
        advice: "extract with the decode head's order of classes")
    }
  }

  private static func text(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ", ") }
}

extension ErrorCode {
  /// The decode head reads maps of other levels or channels than the features have.
  package static let foldChannelsMismatch = ErrorCode("fold.channels-mismatch")
  /// The decode head's classes are not the features'.
  package static let foldClassesMismatch = ErrorCode("fold.classes-mismatch")
}
