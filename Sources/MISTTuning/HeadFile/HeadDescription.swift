import MISTEdge
import MISTFeatures
import MISTModels

/// Everything about a head but its numbers: the JSON in a head file's metadata, and its task (`Formats/head.md`).
package struct HeadDescription: Hashable, Sendable {
  /// The backbone whose features the head reads.
  package struct Model: Codable, Hashable, Sendable {
    /// Lower-case hex SHA-256 (`CanonicalCheckpoint.modelHash`).
    package var hash: String
    /// The file's name at the time, for people.
    package var source: String

    package init(hash: String, source: String) {
      self.hash = hash
      self.source = source
    }
  }

  package var task: FeatureTask
  package var network: HeadNetwork
  package var feature: Feature
  /// The i of the F_i whose layer tokens it reads, ascending; nil for another feature.
  package var layers: [Int]?
  /// Height and width `[H, W]` of the model's input, of which a dense network's logits cover a quarter; empty for a pooled one.
  package var input: [Int]
  /// A name per class, in the order of the logits.
  package var classes: [String]
  package var model: Model
  package var preprocessing: Preprocessing
  /// How the features were stored: `f32`, `f16` or `int8`.
  package var featureDType: String
  /// In what the model's products were computed that made the features, as the file says it; nil for f32.
  package var featurePrecision: Precision?
  package var training: HeadTraining?

  package init(
    task: FeatureTask, network: HeadNetwork, feature: Feature, layers: [Int]? = nil, input: [Int] = [],
    classes: [String], model: Model, preprocessing: Preprocessing, featureDType: String,
    featurePrecision: Precision? = nil, training: HeadTraining? = nil
  ) {
    self.task = task
    self.network = network
    self.feature = feature
    self.layers = layers
    self.input = input
    self.classes = classes
    self.model = model
    self.preprocessing = preprocessing
    self.featureDType = featureDType
    self.featurePrecision = featurePrecision
    self.training = training
  }

  /// A network on features of `manifest`.
  package init(
    task: FeatureTask, network: HeadNetwork, feature: Feature, input: MapSize?, of manifest: StoreManifest,
    training: HeadTraining? = nil
  ) {
    self.init(
      task: task, network: network, feature: feature,
      layers: feature == .layerTokens ? manifest.layerTokens?.depths ?? [] : nil,
      input: input.map { [$0.height, $0.width] } ?? [],
      classes: manifest.classes, model: Model(hash: manifest.model.hash, source: manifest.model.source),
      preprocessing: manifest.preprocessing, featureDType: manifest.dtype.description,
      featurePrecision: manifest.precision == .f32 ? nil : manifest.precision, training: training)
  }

  /// In what the model's products were computed that made the features.
  package var precision: Precision { featurePrecision ?? .f32 }

  /// Of a description that `check()` has passed.
  package var shape: NetworkShape { network.shape(input: input, classes: classes.count) }
}

extension HeadDescription {
  /// The JSON of a network of one kind.
  struct Fields<Network: Codable>: Codable {
    var network: Network
    var feature: Feature
    var layers: [Int]?
    var input: [Int]?
    var classes: [String]
    var model: Model
    var preprocessing: Preprocessing
    var featureDType: String
    var featurePrecision: Precision?
    var training: HeadTraining?
  }

  init(_ task: FeatureTask, _ network: HeadNetwork, _ fields: Fields<some Codable>) {
    self.init(
      task: task, network: network, feature: fields.feature, layers: fields.layers,
      input: fields.input ?? [],
      classes: fields.classes, model: fields.model, preprocessing: fields.preprocessing,
      featureDType: fields.featureDType, featurePrecision: fields.featurePrecision,
      training: fields.training)
  }

  private func fields<Network: Codable>(_ network: Network, input: [Int]?) -> Fields<Network> {
    Fields(
      network: network, feature: feature, layers: layers, input: input, classes: classes, model: model,
      preprocessing: preprocessing, featureDType: featureDType,
      featurePrecision: featurePrecision, training: training)
  }
}

/// Without the task, which stands beside the description.
extension HeadDescription: Encodable {
  package func encode(to encoder: any Encoder) throws {
    switch network {
    case .pooled(let network): try fields(network, input: nil).encode(to: encoder)
    case .method(let network): try fields(network, input: nil).encode(to: encoder)
    case .dense(let network): try fields(network, input: input).encode(to: encoder)
    }
  }
}
