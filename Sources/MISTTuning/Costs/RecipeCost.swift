import MISTEdge
import MISTFormats

extension TrainingData {
  /// The network of a recipe on these features. Throws `training.no-feature` for one that they do not give, and
  /// `training.unsupported-model`.
  func network(_ recipe: Recipe<Task>) throws -> NetworkShape {
    let features = train.features
    let inputs = features.inputs(of: recipe.feature)
    guard !inputs.isEmpty else { throw MISTError.noFeature(recipe.feature, of: features.stored) }
    return try Task.shape(
      recipe, inputs: inputs, grid: features.grid, targets: train.targets, classes: classes, model: model)
  }

  /// What a head of `shape` on `feature` costs a device.
  package func cost(_ shape: NetworkShape, on feature: Feature) -> NetworkCost {
    let features = train.features
    return NetworkCost(shape, inputs: features.inputs(of: feature), type: features.storedType(of: feature))
  }
}

extension NetworkCost: Encodable {
  private enum CodingKeys: CodingKey { case transferBytes, parameters, multiplyAdds, arenaBytes }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(transfer, forKey: .transferBytes)
    try container.encode(parameters, forKey: .parameters)
    try container.encode(multiplyAdds.total, forKey: .multiplyAdds)
    try container.encodeIfPresent(prediction, forKey: .arenaBytes)
  }
}
