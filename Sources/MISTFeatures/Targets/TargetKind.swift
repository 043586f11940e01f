import MISTEdge
import MISTFormats
import MISTVision

/// What one task adds to a store besides the features: what the manifest and the shards say of the targets, and how a
/// target is read. A task is a conformance and a row in `FeatureTask.target`.
protocol TargetKind {
  /// Whether its features are maps, and not tokens.
  static var isDense: Bool { get }

  /// Puts what the manifest says of the targets as a whole. `input`: height and width of the model's input.
  /// Throws `usage` for settings that are not possible.
  static func plan(
    _ settings: AnnotationSettings, input: MapSize, _ manifest: inout StoreManifest)
    throws
  /// The target's own keys of the manifest and of a split.
  static func decode(_ container: KeyedDecodingContainer<StoreManifest.Keys>, _ manifest: inout StoreManifest)
    throws
  static func encode(_ manifest: StoreManifest, _ container: inout KeyedEncodingContainer<StoreManifest.Keys>)
    throws
  static func decode(
    _ container: KeyedDecodingContainer<StoreManifest.Split.Keys>, _ split: inout StoreManifest.Split) throws
  static func encode(
    _ split: StoreManifest.Split, _ container: inout KeyedEncodingContainer<StoreManifest.Split.Keys>) throws
  /// Throws the `features.` codes of the rules about them.
  static func check(_ manifest: StoreManifest) throws
  static func check(_ split: StoreManifest.Split, of manifest: StoreManifest, at place: String) throws

  /// Tensors of a shard of `count` samples with targets, before the index, after it and after the features: widest elements
  /// first, so that all are aligned.
  static func tensors(_ manifest: StoreManifest, count: Int) -> (
    first: [TensorInfo], afterIndex: [TensorInfo], last: [TensorInfo]
  )
  static func metadata(_ manifest: StoreManifest) -> [String: String]
  /// Compares a shard's targets with the manifest. `indices`: the listed files of its samples.
  static func check(_ shard: SafetensorsArchive, _ split: StoreManifest.Split, of indices: [Int]) throws
  /// Looks at the targets of a plan before anything is computed. Throws `masks.unlabelled` for a split whose targets say nothing.
  static func check(_ plan: ExtractionPlan) throws
  /// Looks at every value that opening a store does not look at.
  static func verify(_ split: FeatureSplit) throws

  static func makeReader(_ plan: ExtractionPlan, _ preprocessor: Preprocessor) throws -> any TargetReader
}

/// One thread's reading of targets.
protocol TargetReader: AnyObject {
  /// Reads the target of sample `sample` of split number `split`, whose image is `image`; once for all of its views.
  func open(_ sample: Int, of split: Int, image: OrientedImage) throws
  /// The part of the image that listed file `listed` of `split` shows.
  func view(_ listed: Int, of split: StoreManifest.Split) throws -> RGBImage
  /// Of the last view: the shard's tensors that hold its target, one sample's bytes each.
  var columns: [(name: String, bytes: [UInt8])] { get }
  /// Of the last view: whether its target says nothing of the image.
  var isUnlabelled: Bool { get }
}

extension FeatureTask {
  var target: any TargetKind.Type {
    switch self {
    case .classification: ClassTarget.self
    case .segmentation: MaskTarget.self
    }
  }

  /// Whether its features are maps, and not tokens.
  package var isDense: Bool { target.isDense }
}

/// How annotations are taken, where the images have some.
package struct AnnotationSettings: Sendable {
  /// Whether 0 means "other" and is ignored, and classes count from 1.
  package var reduceZeroLabel = true
  package var views = StoreManifest.Views()

  package init(reduceZeroLabel: Bool = true, views: StoreManifest.Views = .init()) {
    self.reduceZeroLabel = reduceZeroLabel
    self.views = views
  }
}
