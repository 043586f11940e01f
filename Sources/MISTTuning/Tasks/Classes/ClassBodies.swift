import MISTEdge
import MISTFormats

/// The methods whose networks are not residual streams alone.
extension ClassOptions.Method {
  var isBody: Bool {
    switch self {
    case .linear, .lae: false
    case .partial1, .lst, .last: true
    }
  }

  /// Learning rates unless told otherwise, the first where there is to be one. What begins as a part of the model wants small steps.
  var rates: [Float] { self == .partial1 ? [1e-4, 3e-5] : [1e-3, 3e-4] }

  /// What it reads of what is stored: the map that enters the last block, every map, every second one.
  func features(in stored: [Feature]) -> [Feature] {
    switch self {
    case .linear, .lae: []
    case .partial1:
      if let depth = Feature.ladderDepth(of: stored) { [.block(depth - 1)] } else { stored.filter(\.isBlock) }
    case .lst: Feature.ladderDepth(of: stored) == nil ? [] : [.ladder(1)]
    case .last: Feature.ladderDepth(of: stored) == nil ? [] : [.ladder(2)]
    }
  }

  /// Whether it can read `feature`.
  func reads(_ feature: Feature) -> Bool {
    switch (self, feature) {
    case (.partial1, .block), (.lst, .ladder), (.last, .ladder): true
    default: false
    }
  }
}

extension Feature {
  fileprivate var isBlock: Bool { if case .block = self { true } else { false } }
}

extension Classes {
  /// The network of a method on the maps of `model`. Throws `training.unsupported-model`.
  static func bodyShape(
    _ recipe: Recipe<Classes>, inputs: [MapLevel], classes: Int, model: SourceModel?
  ) throws -> NetworkShape {
    guard let model else {
      throw MISTError(
        .trainingUnsupportedModel, "nothing is known of the model that the features are of",
        advice: "use --method linear, mist or auto")
    }
    let input = inputs.first ?? MapLevel(level: 1, height: 1, width: 0, channels: 0)
    func shape(_ body: Body, epsilon: Float = 1e-6) -> NetworkShape {
      NetworkShape(
        body: body, inputs: inputs.count, tokens: input.positions, channels: input.channels, classes: classes,
        rank: recipe.rank, epsilon: epsilon)
    }
    switch recipe.method {
    case .lst: return shape(.ladder(try model.ladderBlock()))
    case .partial1:
      guard recipe.feature == .block(model.depth - 1) else {
        throw MISTError(
          .trainingNoFeature, "partial-1 reads F\(model.depth - 1), which enters the model's last block",
          advice: "extract with --store blocks")
      }
      let (block, epsilon) = try model.lastBlockShape()
      return shape(.transformer(block), epsilon: epsilon)
    case .last, .linear, .lae:
      try model.requireClassToken()
      return shape(.injected)
    }
  }
}

extension ClassSearch {
  /// Every rate on what the method reads, regularised unless told otherwise.
  static func bodies(
    _ method: ClassOptions.Method, _ space: SearchSpace<Classes>, _ stored: [Feature]
  ) -> [Recipe<Classes>] {
    (space.features ?? method.features(in: stored)).filter(method.reads).flatMap { feature in
      (space.rates ?? (space.style == .plain ? Array(method.rates.prefix(1)) : method.rates)).map { rate in
        var plain = base(method, space, feature, rate)
        (plain.inputNorm, plain.pooling, plain.function, plain.depth) = (false, .cls, .attention, 0)
        return space.style == .auto && !isTold(space) ? plain.regularised : plain
      }
    }
  }
}
