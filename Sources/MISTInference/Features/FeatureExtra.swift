import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels

/// What an extraction can store beside gathers.
package enum FeatureExtra: String, CaseIterable, Sendable {
  /// Class token and mean patch token of every depth.
  case layerTokens = "layer-tokens"
  /// What Partial-1 reads: F_{N−1}, and the model's last block.
  case blocks
  /// What LST and LAST read: F_0 … F_N.
  case ladder
  /// Everything of these that the model has.
  case all
}

extension FeatureRequest {
  /// The stored F_i and the layer tokens of `model` that the request asks for. Throws `usage` for what the task or the model does not have.
  func extras(of model: some ArchitectureConfiguration) throws -> (blocks: [Int], layers: LayerTokens?) {
    guard !extras.isEmpty else {
      try require(
        layers == nil, "depths of layer tokens are named, and layer tokens are not stored",
        "add --store layer-tokens")
      return ([], nil)
    }
    try require(
      !task.isDense, "\(extras.map(\.rawValue).sorted()[0]) is stored for classification alone",
      "leave --store out")
    let isPyramid = model.stageCount > 0
    try require(
      !isPyramid || extras.isDisjoint(with: [.blocks, .ladder]),
      "the model's blocks give maps of several sizes, which no ladder or last block reads",
      "store layer-tokens of it")
    let all = extras.contains(.all)
    var blocks: Set<Int> = []
    if !isPyramid {
      if all || extras.contains(.blocks) { blocks.insert(model.depth - 1) }
      if all || extras.contains(.ladder) { blocks.formUnion(0...model.depth) }
    }
    let hasLayers = all || extras.contains(.layerTokens)
    try require(
      hasLayers || layers == nil, "depths of layer tokens are named, and layer tokens are not stored",
      "add layer-tokens to --store")
    return (blocks.sorted(), hasLayers ? try layerTokens(of: model) : nil)
  }

  private func layerTokens(of model: some ArchitectureConfiguration) throws -> LayerTokens {
    // A pyramid's F_0 is no block's map.
    let range = (model.stageCount > 0 ? 1 : 0)...model.depth
    let depths = layers ?? Array(range)
    try require(
      !depths.isEmpty && depths.allSatisfy(range.contains),
      "layer tokens of depths \(depths) were asked for",
      "choose depths from \(range.lowerBound) to \(range.upperBound)")
    guard model.stageCount > 0 else {
      let rows = depths.count * (model.finalToken == .classToken ? 2 : 1)
      let channels = model.tokens(of: model.imageSize()).channels
      return LayerTokens(depths: depths, tensors: [.init(rows: rows, channels: channels)])
    }
    var first = 1
    let tensors = model.levels(of: model.imageSize()).enumerated().compactMap {
      stage, level -> LayerTokens.Tensor? in
      let own = first..<first + model.blocks(of: stage)
      first = own.upperBound
      let rows = depths.count(where: own.contains)
      return rows > 0 ? .init(level: level.level, rows: rows, channels: level.channels) : nil
    }
    return LayerTokens(depths: depths, tensors: tensors)
  }

  private func require(_ condition: Bool, _ problem: String, _ advice: String) throws {
    guard condition else { throw MISTError(.usage, problem, advice: advice) }
  }
}
