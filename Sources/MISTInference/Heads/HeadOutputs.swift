import MISTBackbone
import MISTEdge
import MISTFormats
import MISTModels
import MISTTuning

extension InferenceHead {
  /// What a model of `configuration` must give for images of size `image`: an output per pointer of `HeadRunner.inputs`.
  /// Throws `head.feature-mismatch` and `head.shape-mismatch`.
  func outputs(
    of configuration: ModelConfiguration, _ image: MapSize
  ) throws -> [BackboneOutput] {
    guard let network else { return [.logits] }
    if case .gather(let k) = feature, k > configuration.depth {
      throw MISTError(
        .headFeatureMismatch,
        "the head reads \(feature.label), and the model has blocks 1 to \(configuration.depth)",
        advice: "use the head's model")
    }
    let shape = network.shape
    let isTokens = self.levels == nil
    let wanted = shape.streams.map {
      isTokens ? [$0.tokens, $0.channels] : [$0.height, $0.width, $0.channels]
    }
    let levels: [Int?] = self.levels ?? [nil]
    let outputs = try parts(configuration.depth).flatMap { part in
      levels.map { BackboneOutput.feature(FeatureKey(part, level: $0)) }
    }
    let catalog = try Backbones.catalog(configuration)
    let given = outputs.map { output in
      let shape = catalog.shape(of: output, image: image) ?? []
      // A head of tokens reads a map's positions.
      return isTokens && shape.count == 3 ? [shape[0] * shape[1], shape[2]] : shape
    }
    guard wanted == given else {
      func list(_ shapes: [[Int]]) -> String { shapes.map(\.description).joined(separator: ", ") }
      throw MISTError(
        .headShapeMismatch, "the head reads \(list(wanted)), and the model gives \(list(given)) here",
        advice: "use the head's model file, with its image size")
    }
    return outputs
  }

  /// What the backbone gives for the head's feature: of a ladder its maps. Throws `head.feature-mismatch`.
  private func parts(_ depth: Int) throws -> [Feature] {
    guard case .ladder = feature else { return [feature] }
    guard case .inputs(let maps)? = feature.origin(ofBlocks: depth) else {
      throw MISTError(
        .headFeatureMismatch,
        "the head reads \(feature.label), and the model has blocks 1 to \(depth)",
        advice: "use the head's model")
    }
    return maps
  }
}
