import MISTEdge
import MISTFormats
import MISTModels

/// The sizes of a transformer and its input from which the costs of every method follow.
package struct BackboneGeometry: Sendable {
  /// Blocks N and channels C.
  package let blocks: Int
  package let channels: Int
  package let grid: TokenGrid
  /// What methods that go on from its blocks ask of it.
  let model: SourceModel
  /// Of an image through all blocks.
  package let multiplyAdds: MultiplyAdds

  /// Tokens T.
  package var tokens: Int { grid.tokens }

  /// A model for images of `size`. Throws `cost.no-tokens` for one whose features are no tokens of one transformer.
  package init(_ configuration: ModelConfiguration, image size: MapSize) throws {
    guard let c = configuration.details as? any TransformerConfiguration else {
      throw MISTError(
        .costNoTokens,
        "the methods are of vision transformers, whose blocks see the same tokens, and the model is "
          + configuration.details.summary,
        advice: "name a ViT, or leave the source out for ViT-B/16")
    }
    self.init(c, image: size)
  }

  private init<C: TransformerConfiguration>(_ c: C, image size: MapSize) {
    blocks = c.depth
    channels = c.width
    let map = c.grid(of: size)
    grid = TokenGrid(prefix: c.prefixTokens, height: map.height, width: map.width)
    model = SourceModel(ModelConfiguration(c)) { throw MISTError(.bug, "costs need no weights") }
    multiplyAdds = c.multiplyAdds(of: size, depth: c.depth)
  }

  /// Whether features and multiply-adds are those of the paper's model.
  package var isPaper: Bool {
    (blocks, channels, grid) == (Self.paper.blocks, Self.paper.channels, Self.paper.grid)
      && multiplyAdds == Self.paper.multiplyAdds
  }

  /// ViT-B/16 at 224 × 224 pixels, the paper's.
  package static let paper = BackboneGeometry(
    ViTConfiguration(
      width: 768, depth: 12, heads: 12, mlpWidth: 3072, patchSize: 16, imageSize: [224, 224]),
    image: MapSize(height: 224, width: 224))
}

extension ErrorCode {
  /// The features of the model are not those of Table 1.
  package static let costNoTokens = ErrorCode("cost.no-tokens")
}
