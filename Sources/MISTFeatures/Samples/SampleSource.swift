/// Where labelled images come from: their splits, and the bytes and the target of every sample. A source is a folder here
/// and a row in `SampleSources`; what the targets mean is the task's business (`TargetKind`).
package protocol SampleSource: Sendable {
  /// What its images are labelled with.
  var task: FeatureTask { get }
  /// What was opened, for messages.
  var path: String { get }
  /// Names of the classes; a label and a mask's value is an index into them.
  var classes: [String] { get }
  /// In the order `train`, `val`, `test`; only those that are there.
  var splits: [SampleSplit] { get }
  /// What was left out and assumed, a sentence each.
  var notes: [String] { get }

  /// The file of the image of sample `sample` of split number `split`. Any number of threads may ask.
  /// Throws `file.not-found`, `file.unreadable`, `image.too-large` and the source's own codes; errors name no file.
  func image(_ sample: Int, of split: Int) throws -> [UInt8]
  /// The file of its mask, which only sources for segmentation are asked for. Throws as `image(_:of:)`.
  func mask(_ sample: Int, of split: Int) throws -> [UInt8]
}

/// The samples of one split, in order.
package struct SampleSplit: Hashable, Sendable {
  /// `train`, `val` or `test`.
  package var name: String
  /// What each image is called in manifests and messages.
  package var files: [String]
  /// Bytes of each image's file, which stand for its content.
  package var sizes: [Int]
  /// Class of each image; empty for segmentation.
  package var labels: [Int] = []
  /// What each image's mask is called, and the bytes of its file; empty for classification.
  package var masks: [String] = []
  package var maskSizes: [Int] = []

  /// The position of a split called `name` among others.
  static func order(_ name: String) -> Int { ["train", "val", "test"].firstIndex(of: name) ?? 3 }
}

extension SampleSource {
  /// Images of all splits.
  package var count: Int { splits.reduce(0) { $0 + $1.files.count } }
}
