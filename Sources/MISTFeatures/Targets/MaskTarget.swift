import MISTEdge
import MISTFormats
import MISTVision

/// One class per pixel: a mask of the model's input size per view of an image.
enum MaskTarget: TargetKind {
  static let isDense = true
  /// `[n, 5]`: top, left, height, width of the view in pixels of its image, and 1 when mirrored.
  static let view = "view"
  static let viewLength = 5
  /// `[n, H, W]`: the class of each pixel.
  static let mask = "mask"

  static func plan(
    _ settings: AnnotationSettings, input: MapSize, _ manifest: inout StoreManifest
  ) throws {
    let (views, largest) = (settings.views, StoreManifest.largestViewCount)
    guard (1...largest).contains(views.count), views.minimumScale > 0, views.minimumScale <= 1 else {
      throw MISTError(
        .usage, "\(views.count) views of an image are not possible", advice: "choose 1 to \(largest)")
    }
    manifest.masks = .init(
      height: input.height, width: input.width, reduceZeroLabel: settings.reduceZeroLabel)
    manifest.views = views
  }

  static func decode(
    _ container: KeyedDecodingContainer<StoreManifest.Keys>, _ manifest: inout StoreManifest
  ) throws {
    manifest.masks = try container.decode(StoreManifest.Masks.self, forKey: .masks)
    manifest.views = try container.decode(StoreManifest.Views.self, forKey: .views)
  }

  static func encode(
    _ manifest: StoreManifest, _ container: inout KeyedEncodingContainer<StoreManifest.Keys>
  ) throws {
    try container.encode(manifest.masks, forKey: .masks)
    try container.encode(manifest.views, forKey: .views)
  }

  static func decode(
    _ container: KeyedDecodingContainer<StoreManifest.Split.Keys>, _ split: inout StoreManifest.Split
  ) throws {
    split.masks = try container.decode([String].self, forKey: .masks)
    split.views = try container.decode([Int].self, forKey: .views)
  }

  static func encode(
    _ split: StoreManifest.Split, _ container: inout KeyedEncodingContainer<StoreManifest.Split.Keys>
  ) throws {
    try container.encode(split.masks, forKey: .masks)
    try container.encode(split.views, forKey: .views)
  }

  static func tensors(_ manifest: StoreManifest, count: Int) -> (
    first: [TensorInfo], afterIndex: [TensorInfo], last: [TensorInfo]
  ) {
    (
      [], [TensorInfo(name: view, dtype: .i32, shape: [count, viewLength])],
      manifest.masks.map { [TensorInfo(name: mask, dtype: .u8, shape: [count, $0.height, $0.width])] } ?? []
    )
  }

  static func metadata(_ manifest: StoreManifest) -> [String: String] {
    manifest.masks.map { ["mist.mask": "\(MapSize(height: $0.height, width: $0.width))"] } ?? [:]
  }

  static func verify(_ split: FeatureSplit) throws {
    let masks = try split.masks()
    for sample in 0..<masks.count { _ = try masks.values(sample) }
  }

  static func makeReader(_ plan: ExtractionPlan, _ preprocessor: Preprocessor) throws -> any TargetReader {
    try MaskReader(plan, preprocessor)
  }
}
