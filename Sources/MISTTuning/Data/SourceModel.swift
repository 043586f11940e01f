import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels

/// What the paper's other methods ask of the model that made the features: sizes of its blocks, and the last one's weights.
package struct SourceModel: Sendable {
  private let details: any ArchitectureConfiguration
  /// Opens the last block and final norm under their canonical names. Throws what opening throws.
  private let lastBlock: @Sendable () throws -> SafetensorsArchive

  package init(
    _ configuration: ModelConfiguration, lastBlock: @escaping @Sendable () throws -> SafetensorsArchive
  ) {
    details = configuration.details
    self.lastBlock = lastBlock
  }

  /// Blocks N.
  package var depth: Int { details.depth }

  /// A ladder's blocks for this model's features: an eighth of its width, as many heads. Throws `training.unsupported-model`.
  package func ladderBlock() throws -> TransformerShape {
    let model = try transformer()
    return TransformerShape(width: model.width / 8, heads: model.heads)
  }

  /// Throws `training.unsupported-model` for a model without a class token, which these methods read.
  package func requireClassToken() throws { _ = try transformer() }

  /// The model's last block, and the epsilon of its norms and the final one. Throws `training.unsupported-model` for what a block here
  /// cannot do.
  package func lastBlockShape() throws -> (block: TransformerShape, epsilon: Float) {
    let model = try transformer()
    let flaw: String? =
      if model.mlp != .gelu {
        "has a gated MLP (\(model.mlp.rawValue))"
      } else if model.rotation(on: MapSize(height: 2, width: 2)) != nil {
        "turns queries and keys by their places"
      } else if (model as? ViTConfiguration)?.qkvBias == false {
        "has no bias of queries, keys and values"
      } else if model.blockEpsilon != model.finalEpsilon {
        "has norms of other epsilons (\(model.blockEpsilon)) than the final one (\(model.finalEpsilon))"
      } else {
        nil
      }
    if let flaw { throw Self.unsupported("its last block \(flaw), which partial-1 does not train") }
    let block = TransformerShape(
      width: model.width, heads: model.heads, hidden: model.mlpWidth, layerScale: model.layerScale)
    return (block, model.blockEpsilon)
  }

  /// What training a head of `shape` starts from, where it goes on from the model's own weights. Throws what opening them throws.
  package func startingWeights(_ shape: NetworkShape) throws -> StartingWeights? {
    guard case .transformer = shape.body else { return nil }
    return StartingWeights(try lastBlock(), depth: depth)
  }

  private func transformer() throws -> any TransformerConfiguration {
    guard let model = details as? any TransformerConfiguration, model.classToken else {
      throw Self.unsupported("it is no transformer with a class token, which the method reads")
    }
    return model
  }

  private static func unsupported(_ problem: String) -> MISTError {
    MISTError(
      .trainingUnsupportedModel, "the features are of a model that the method does not go with: \(problem)",
      advice: "use --method linear, mist or auto")
  }
}

extension SourceModel {
  /// The model of `store`'s features.
  package init(_ store: FeatureStore) {
    self.init(store.manifest.model.configuration) {
      try store.lastBlock()
    }
  }
}

extension ErrorCode {
  /// The method asks something of the model that it does not have.
  package static let trainingUnsupportedModel = ErrorCode("training.unsupported-model", exit: .usage)
}
