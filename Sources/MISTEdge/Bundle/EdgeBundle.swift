/// A bundle in memory, mapped or in flash: everything a device needs to turn gathered features into a class or a map of
/// classes (`Formats/edge-bundle.md`). Nothing is copied; the bytes must outlive the value.
public final class EdgeBundle {
  public let version: UInt32
  public let minimumReader: UInt32
  /// In the file's order, unknown ones included.
  public let sections: [BundleSection]
  public let head: BundleHead
  public let labels: BundleLabels
  public let preprocessing: BundlePreprocessing
  public let source: BundleSource
  public let weights: BundleWeights
  /// The golden pair of a classification head, and of a head on maps.
  public let golden: BundleGolden?
  public let mapGolden: MapGolden?
  /// Where the bundle comes from, UTF-8 for people; empty when it does not say.
  public let provenance: UnsafeRawBufferPointer

  /// Checks all of `bytes` against the format's rules, checksums included; throws the first rule that is broken.
  public init(_ bytes: UnsafeRawBufferPointer) throws(EdgeError) {
    let container = try BundleContainer(bytes)
    version = container.version
    minimumReader = container.minimumReader
    sections = container.sections
    head = try BundleHead(container.required(.head), minimumReader: minimumReader)
    labels = try BundleLabels(container.required(.labels), classes: head.classes)
    preprocessing = try BundlePreprocessing(container.required(.preprocessing))
    source = try BundleSource(container.required(.source), head: head)
    weights = try BundleWeights(container.required(.weights), head: head)
    let section = container.optional(.golden)
    switch head {
    case .classification(let shape):
      golden = try section.map { (bytes) throws(EdgeError) in try BundleGolden(bytes, shape: shape) }
      mapGolden = nil
    case .segmentation(let shape):
      golden = nil
      mapGolden = try section.map { (bytes) throws(EdgeError) in try MapGolden(bytes, head: shape) }
    }
    provenance = container.optional(.provenance) ?? UnsafeRawBufferPointer(start: nil, count: 0)
    guard UTF8Text.isValid(provenance) else { throw EdgeError(.provenanceNotUTF8, in: .provenance) }
    guard !UTF8Text.hasControlCharacter(provenance) else {
      throw EdgeError(.provenanceControlCharacter, in: .provenance)
    }
  }
}
