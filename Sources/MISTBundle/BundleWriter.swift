import MISTEdge
import MISTFormats

/// Encodes a head as an edge bundle (`Formats/edge-bundle.md`).
package struct BundleWriter {
  /// Most that a device's logits may differ from the exporter's, relative to the largest magnitude or 1. Both compute in
  /// `f32` with the weights as stored, whatever their type, so one tolerance serves all types.
  package static let goldenTolerance: Float = 1e-4

  package var type: StoredType
  package var golden: GoldenSize

  package init(type: StoredType = .f32, golden: GoldenSize = .compact) {
    self.type = type
    self.golden = golden
  }

  /// The bundle of `contents`; `input` is the golden input, synthetic when nil. The same arguments give the same bytes.
  ///
  /// What is returned has been read back by the runtime's own reader and has passed its self-test.
  /// Throws `export.inconsistent`, `export.unrepresentable`, and the reader's own codes for contents that no reader would
  /// accept, such as an empty label.
  package func encode(_ contents: BundleContents, input: GoldenInput? = nil) throws -> EncodedBundle {
    let network = contents.storedNetwork
    var assembly = BundleAssembly(version: contents.version, minimumReader: contents.minimumReader)
    assembly.add(.head, SectionEncoding.head(network))
    assembly.add(.task, critical: false, Array(contents.task.name.description.utf8))
    assembly.add(.labels, SectionEncoding.labels(contents.labels))
    assembly.add(.preprocessing, try SectionEncoding.preprocessing(contents.preprocessing))
    assembly.add(
      .source,
      try SectionEncoding.source(
        contents.feature, modelHash: contents.modelHash, maps: contents.maps, layers: contents.layers))
    if contents.precision != .f32 {
      let name = contents.precision.ofFeatures.name.description
      assembly.add(.precision, critical: false, Array(name.utf8))
    }
    let encoder = try WeightEncoder(contents.parameters, network: network, type: type)
    assembly.add(.weights, encoder.bytes)
    var logitError: Float?
    if golden != .none {
      let pair = try assembly.encoded().withUnsafeBytes { bytes in
        try GoldenPair(
          input ?? .synthetic(network), size: golden, tolerance: Self.goldenTolerance,
          bundle: Self.read(bytes), parameters: contents.parameters)
      }
      assembly.add(.golden, critical: false, pair.section)
      logitError = pair.logitError
    }
    if !contents.provenance.isEmpty {
      assembly.add(.provenance, critical: false, Array(contents.provenance.utf8))
    }
    let bytes = assembly.encoded()
    try Self.check(bytes)
    return EncodedBundle(
      bytes: bytes, sections: assembly.sections.map { ($0.id, $0.bytes.count) },
      maximumWeightError: encoder.maximumError, maximumRelativeWeightError: encoder.maximumRelativeError,
      goldenLogitError: logitError)
  }

  static func read(_ bytes: UnsafeRawBufferPointer) throws -> EdgeBundle {
    do throws(EdgeError) { return try EdgeBundle(bytes) } catch { throw error.mistError() }
  }

  private static func check(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { bytes in
      guard try read(bytes).passesSelfTest() else {
        throw MISTError(.bug, "a bundle fails its own self-test right after it was made")
      }
    }
  }
}

/// A finished bundle, in memory.
package struct EncodedBundle: Sendable {
  package let bytes: [UInt8]
  /// Identifier and length of each section, in file order.
  package let sections: [(id: SectionID, count: Int)]
  /// The largest difference between a parameter and its stored form, as it is and relative to the largest magnitude of its
  /// matrix.
  package let maximumWeightError: Float
  package let maximumRelativeWeightError: Float
  /// The largest difference between the logits of the stored and of the `f32` head on the golden input; nil without one.
  package let goldenLogitError: Float?

  /// Writes the file, whole or not at all; C source of an array where that has a name. Throws `file.write-failed`.
  package func write(to path: String, asArray name: String? = nil) throws {
    let contents = name.map { CArray.source(bytes, name: $0) } ?? bytes
    try contents.withUnsafeBytes { try AtomicFile.write($0, to: path) }
  }
}
