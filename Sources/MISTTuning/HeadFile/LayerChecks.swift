import MISTEdge
import MISTFormats

/// Rules about heads on layer tokens.
extension HeadDescription {
  /// Depths go with layer tokens alone, and with their number. Throws `head.invalid-feature`.
  func checkLayers() throws {
    guard feature == .layerTokens else {
      guard layers == nil else { throw invalid("depths of layer tokens go with the feature 'layers' alone") }
      return
    }
    guard case .pooled(let network) = network, let layers, !layers.isEmpty,
      layers.allSatisfy((0...HeadLimits.gather).contains), zip(layers, layers.dropFirst()).allSatisfy(<)
    else { throw invalid("ascending depths within 0…\(HeadLimits.gather) are expected") }
    guard network.tokens == layers.count || network.stages == nil && network.tokens == 2 * layers.count else {
      throw invalid(
        "\(layers.count) depths are as many tokens, or with class tokens twice as many, found \(network.tokens)"
      )
    }
  }

  private func invalid(_ problem: String) -> MISTError {
    MISTError(.headInvalidFeature, at: "layers", problem)
  }

  /// Stages are those of layer tokens, and read one after another. Throws `head.invalid-shape`.
  static func check(stages network: PooledNetwork) throws {
    guard let stages = network.stages else { return }
    let numbers = stages.map(\.level)
    guard !stages.isEmpty, stages.count <= HeadSection.maximumInputs,
      numbers.allSatisfy((1...HeadSection.maximumInputs).contains),
      zip(numbers, numbers.dropFirst()).allSatisfy(<)
    else {
      throw MISTError(
        .headInvalidShape, at: "network.stages",
        "stages of ascending numbers within 1…\(HeadSection.maximumInputs) are expected, found \(numbers.prefix(8))"
      )
    }
    for (i, stage) in stages.enumerated() {
      try within("stages.\(i).tokens", stage.tokens, 1...HeadLimits.tokens)
      try within("stages.\(i).channels", stage.channels, 1...HeadLimits.channels)
    }
    guard network.pooling == .concat || stages.count == 1 else {
      throw MISTError(
        .headInvalidShape, at: "network.stages",
        "tokens of several stages are read one after another, found pooling \(network.pooling.name)")
    }
  }
}
