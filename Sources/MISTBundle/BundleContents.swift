import MISTEdge
import MISTModels

/// Everything a bundle says, before it is encoded.
package struct BundleContents: Sendable {
  package var task: BundleTask
  package var network: NetworkShape
  /// Which maps a head on maps reads; nil for classification.
  package var maps: BundleSource.Maps?
  /// In the order of the network's `ParameterTable`.
  package var parameters: [Float]
  /// A name per class.
  package var labels: [String]
  package var preprocessing: Preprocessing
  /// Which of the backbone's features: a gathered sum or the final ones.
  package var feature: Feature
  /// SHA-256 of the converted model, 64 hexadecimal digits.
  package var modelHash: String
  /// Where the head comes from, for people.
  package var provenance: String

  package init(
    task: BundleTask, network: NetworkShape, maps: BundleSource.Maps? = nil, parameters: [Float],
    labels: [String], preprocessing: Preprocessing, feature: Feature, modelHash: String, provenance: String
  ) {
    self.task = task
    self.network = network
    self.maps = maps
    self.parameters = parameters
    self.labels = labels
    self.preprocessing = preprocessing
    self.feature = feature
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
