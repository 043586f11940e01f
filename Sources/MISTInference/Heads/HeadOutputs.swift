import MISTBackbone
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import MISTTuning

/// One output of a backbone, and where it goes among a head's inputs.
typealias PlacedOutput = (output: BackboneOutput, place: OutputPlace)

extension InferenceHead {
  /// What a model of `configuration` must give for images of size `image`, and where each goes among `HeadRunner.inputs`.
  /// Throws `head.feature-mismatch` and `head.shape-mismatch`.
  func outputs(of configuration: ModelConfiguration, _ image: MapSize) throws -> [PlacedOutput] {
    guard let network else { return [(.logits, OutputPlace(buffer: 0, offset: 0))] }
    if case .gather(let k) = feature, k > configuration.depth {
      throw MISTError(
        .headFeatureMismatch,
        "the head reads \(feature.label), and the model has blocks 1 to \(configuration.depth)",
        advice: "use the head's model")
    }
    let outputs = placed(configuration.depth)
    let catalog = try Backbones.catalog(configuration)
    let shapes = outputs.map { catalog.shape(of: $0.output, image: image) ?? [] }
    let wanted = network.shape.streams.map {
      readsMaps ? [$0.height, $0.width, $0.channels] : [$0.tokens, $0.channels]
    }
    let given = wanted.indices.map { Self.shape(of: $0, outputs, shapes, isMap: readsMaps) }
    guard wanted == given else {
      func list(_ shapes: [[Int]]) -> String { shapes.map(\.description).joined(separator: ", ") }
      throw MISTError(
        .headShapeMismatch, "the head reads \(list(wanted)), and the model gives \(list(given)) here",
        advice: "use the head's model file, with its image size")
    }
    return outputs
  }

  /// Whether it reads maps.
  private var readsMaps: Bool { grid != nil }

  private func placed(_ depth: Int) -> [PlacedOutput] {
    if feature == .layerTokens, let streams = network?.shape.streams {
      let tensors = streams.map { LayerTokens.Tensor(rows: $0.tokens, channels: $0.channels) }
      return OutputPlace.layers(LayerTokens(depths: layers, tensors: tensors), after: 0)
    }
    // A sum over blocks is taken here; a gathered one is the backbone's own.
    if case .side = feature, case .sum(let parts)? = feature.origin(ofBlocks: depth) {
      return parts.enumerated().map {
        (.feature(FeatureKey($1)), OutputPlace(buffer: 0, offset: 0, isAdded: $0 > 0))
      }
    }
    return tensors.enumerated().map { (.feature($1), OutputPlace(buffer: $0, offset: 0)) }
  }

  /// The shape that `outputs` of these shapes make of buffer `buffer`.
  private static func shape(of buffer: Int, _ outputs: [PlacedOutput], _ shapes: [[Int]], isMap: Bool)
    -> [Int]
  {
    let own = zip(outputs, shapes).filter { $0.0.place.buffer == buffer && !$0.0.place.isAdded }.map(\.1)
    guard let first = own.first, !first.isEmpty else { return [] }
    if isMap { return first }
    // A head of tokens reads a map's positions, and layer tokens depth by depth.
    let rows = own.reduce(0) { $0 + $1.dropLast().reduce(1, *) }
    return own.allSatisfy { $0.last == first.last } ? [rows, first.last ?? 0] : []
  }
}

extension HeadDescription {
  /// The tensor of features of each of the network's inputs.
  var tensors: [FeatureKey] {
    if !network.levels.isEmpty { return network.levels.map { FeatureKey(feature, level: $0) } }
    guard case .ladder(let step) = feature else { return [FeatureKey(feature)] }
    return shape.streams.indices.map { FeatureKey(.block($0 * step)) }
  }
}
