import MISTEdge
import MISTFormats
import MISTVision

/// One class per image.
enum ClassTarget: TargetKind {
  static let isDense = false
  /// `[n]`: the class of each sample.
  static let label = "label"

  static func plan(
    _ settings: AnnotationSettings, input: MapSize, _ manifest: inout StoreManifest
  ) {}

  static func decode(_: KeyedDecodingContainer<StoreManifest.Keys>, _: inout StoreManifest) {}
  static func encode(_: StoreManifest, _: inout KeyedEncodingContainer<StoreManifest.Keys>) {}

  static func decode(
    _ container: KeyedDecodingContainer<StoreManifest.Split.Keys>, _ split: inout StoreManifest.Split
  ) throws {
    split.labels = try container.decode([Int].self, forKey: .labels)
  }

  static func encode(
    _ split: StoreManifest.Split, _ container: inout KeyedEncodingContainer<StoreManifest.Split.Keys>
  ) throws {
    try container.encode(split.labels, forKey: .labels)
  }

  static func check(_ manifest: StoreManifest) {}

  static func check(_ split: StoreManifest.Split, of manifest: StoreManifest, at place: String) throws {
    guard split.files.count == split.labels.count else {
      throw MISTError(
        .featuresLabelsMismatch, at: place,
        "each listed file has one label, found \(split.labels.count) labels for \(split.files.count) files")
    }
    if let bad = split.labels.firstIndex(where: { !manifest.classes.indices.contains($0) }) {
      throw MISTError(
        .featuresLabelOutOfRange, at: "\(place), file \(bad)",
        "a class index within 0..<\(manifest.classes.count) is expected, found \(split.labels[bad])")
    }
  }

  static func tensors(_ manifest: StoreManifest, count: Int) -> (
    first: [TensorInfo], afterIndex: [TensorInfo], last: [TensorInfo]
  ) {
    ([TensorInfo(name: label, dtype: .i64, shape: [count])], [], [])
  }

  static func metadata(_ manifest: StoreManifest) -> [String: String] { [:] }

  static func check(_ shard: SafetensorsArchive, _ split: StoreManifest.Split, of indices: [Int]) throws {
    let labels = try ShardSchema.integers(shard, label)
    for (sample, index) in indices.enumerated() where labels[sample] != split.labels[index] {
      throw MISTError(
        .featuresLabelDiffers, at: "tensor 'label', sample \(sample)",
        "class \(split.labels[index]) is expected by the manifest, found \(labels[sample])")
    }
  }

  static func check(_ plan: ExtractionPlan) {}

  static func verify(_ split: FeatureSplit) {}

  static func makeReader(_ plan: ExtractionPlan, _ preprocessor: Preprocessor) -> any TargetReader {
    Reader()
  }

  /// The manifest has every label already; an image is taken as it is.
  private final class Reader: TargetReader {
    private var image: RGBImage?
    private(set) var columns: [(name: String, bytes: [UInt8])] = []
    let isUnlabelled = false

    func open(_ sample: Int, of split: Int, image: OrientedImage) { self.image = image.image }

    func view(_ listed: Int, of split: StoreManifest.Split) throws -> RGBImage {
      guard let image else { throw MISTError(.bug, "a view of no image was asked for") }
      columns = [(label, withUnsafeBytes(of: Int64(split.labels[listed]).littleEndian) { Array($0) })]
      return image
    }
  }
}
