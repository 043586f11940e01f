import MISTEdge
import MISTModels

/// Everything a bundle says, before it is encoded.
package struct BundleContents: Sendable {
  package var task: BundleTask
  package var network: NetworkShape
  /// Which maps a head on maps reads; nil for classification.
  package var maps: BundleSource.Maps?
  /// Which layer tokens a head reads; nil for another feature.
  package var layers: Layers?
  /// In the order of the network's `ParameterTable`.
  package var parameters: [Float]
  /// A name per class.
  package var labels: [String]
  package var preprocessing: Preprocessing
  /// Which of the backbone's features.
  package var feature: Feature
  /// In what its products were computed.
  package var precision: Precision
  /// SHA-256 of the converted model, 64 hexadecimal digits.
  package var modelHash: String
  /// Where the head comes from, for people.
  package var provenance: String

  /// The i of the F_i whose layer tokens a head reads, and the stages of its streams; none of tokens without stages.
  package struct Layers: Hashable, Sendable {
    package var depths: [Int]
    package var levels: [Int]

    package init(depths: [Int], levels: [Int] = []) {
      self.depths = depths
      self.levels = levels
    }
  }

  /// The lowest version of the format that can say it, so that as many readers as possible open it.
  var minimumReader: UInt32 { max(network.minimumReader, feature.minimumReader) }

  /// That of the format's version which first had all that it says: f32 is not said.
  var version: UInt32 {
    max(minimumReader, precision == .f32 ? EdgeBundle.namedTaskVersion : EdgeBundle.namedPrecisionVersion)
  }

  package init(
    task: BundleTask, network: NetworkShape, maps: BundleSource.Maps? = nil, layers: Layers? = nil,
    parameters: [Float],
    labels: [String], preprocessing: Preprocessing, feature: Feature, precision: Precision = .f32,
    modelHash: String, provenance: String
  ) {
    self.task = task
    self.network = network
    self.maps = maps
    self.layers = layers
    self.parameters = parameters
    self.labels = labels
    self.preprocessing = preprocessing
    self.feature = feature
    self.precision = precision
    self.modelHash = modelHash
    self.provenance = provenance
  }

  /// The network with rank 0 where it has no blocks: shapes that differ in nothing else are one network.
  var storedNetwork: NetworkShape {
    var shape = network
    if shape.depth == 0 || !shape.function.hasRank { shape.rank = 0 }
    return shape
  }
}
