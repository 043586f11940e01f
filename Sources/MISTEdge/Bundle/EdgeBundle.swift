/// A bundle in memory, mapped or in flash: everything a device needs to turn gathered features into a class or a map of
/// classes (`Formats/edge-bundle.md`). Nothing is copied; the bytes must outlive the value.
public final class EdgeBundle {
  /// Version of the format that the file was written in, and the lowest whose readers understand it.
  public let version: UInt32
  public let minimumReader: UInt32
  /// In the file's order, unknown ones included.
  public let sections: [BundleSection]
  public let network: NetworkShape
  public let labels: BundleLabels
  public let preprocessing: BundlePreprocessing
  public let source: BundleSource
  /// In what the backbone was computed whose features the head was trained on.
  public let precision: FeaturePrecision
  public let weights: BundleWeights
  /// An input and the logits expected for it, where there is one.
  public let golden: BundleGolden?
  /// Where the bundle comes from, UTF-8 for people; empty when it does not say.
  public let provenance: UnsafeRawBufferPointer
  private let container: BundleContainer

  /// The version of the format from which bundles say their task by name.
  public static let namedTaskVersion: UInt32 = 3
  /// The version from which they may say the precision of the features.
  public static let namedPrecisionVersion: UInt32 = 5

  /// Checks all of `bytes` against the format's rules, checksums included; throws the first rule that is broken.
  public init(_ bytes: UnsafeRawBufferPointer) throws(EdgeError) {
    let container = try BundleContainer(bytes)
    self.container = container
    version = container.version
    minimumReader = container.minimumReader
    sections = container.sections
    let network = try HeadSection.network(container.required(.head), minimumReader: minimumReader)
    self.network = network
    if version >= Self.namedTaskVersion {
      try BundleTask(network.readout).check(container.required(.task))
    }
    labels = try BundleLabels(container.required(.labels), classes: network.classes)
    preprocessing = try BundlePreprocessing(container.required(.preprocessing))
    source = try BundleSource(
      container.required(.source), network: network, minimumReader: minimumReader)
    precision =
      try container.optional(.precision).map { (name) throws(EdgeError) in
        guard let known = FeaturePrecision(name) else { throw EdgeError(.unknownPrecision, in: .precision) }
        return known
      } ?? .f32
    weights = try BundleWeights(container.required(.weights), network: network)
    golden = try container.optional(.golden).map { (bytes) throws(EdgeError) in
      try BundleGolden(bytes, network: network)
    }
    provenance = container.optional(.provenance) ?? UnsafeRawBufferPointer(start: nil, count: 0)
    guard UTF8Text.isValid(provenance) else { throw EdgeError(.provenanceNotUTF8, in: .provenance) }
    guard !UTF8Text.hasControlCharacter(provenance) else {
      throw EdgeError(.provenanceControlCharacter, in: .provenance)
    }
  }

  /// What the head's readout says, and so does the bundle by name.
  public var task: BundleTask { BundleTask(network.readout) }

  /// The whole bundle.
  package var bytes: UnsafeRawBufferPointer { container.bytes }

  /// The bytes of a section, none of one that the bundle does not have.
  package func bytes(of id: SectionID) -> UnsafeRawBufferPointer {
    container.optional(id) ?? UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// The network that `bytes` describe and what it reads; the rest is not checked: for what must be known before there is memory for that.
  package static func outline(
    _ bytes: UnsafeRawBufferPointer
  ) throws(EdgeError) -> (network: NetworkShape, source: BundleSource) {
    let container = try BundleContainer(bytes)
    let network = try HeadSection.network(container.required(.head), minimumReader: container.minimumReader)
    let source = try BundleSource(
      container.required(.source), network: network, minimumReader: container.minimumReader)
    return (network, source)
  }
}
