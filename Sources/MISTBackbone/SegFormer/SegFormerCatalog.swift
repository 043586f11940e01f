import MISTEdge
import MISTFormats
import MISTModels

/// The outputs of a SegFormer: maps, row by row, channels last. Blocks count from 1 over all stages, stages and levels from 1.
struct SegFormerCatalog: OutputCatalog {
  let configuration: SegFormerConfiguration

  private var depth: Int { configuration.depth }
  private var stages: Int { configuration.stages.count }

  func shape(of output: BackboneOutput, image: MapSize) -> [Int]? {
    let maps = configuration.levels(of: image)
    func shape(_ level: Int) -> [Int]? {
      maps.indices.contains(level - 1)
        ? [maps[level - 1].height, maps[level - 1].width, maps[level - 1].channels] : nil
    }
    switch output {
    case .finalTokens: return shape(stages)
    case .layer(let k):
      return (0...depth).contains(k) ? [1, maps[configuration.stage(of: k) - 1].channels] : nil
    case .logits:
      if let head = configuration.decodeHead {
        return maps.first.map { [$0.height, $0.width, head.classes] }
      }
      return configuration.classifier.map { [$0.classes] }
    case .feature(let key):
      switch key.feature {
      case .block(let k):
        guard (0...depth).contains(k) else { return nil }
        let own = configuration.stage(of: k)
        return key.level ?? own == own ? shape(own) : nil
      case .gather(let k): return (0...depth).contains(k) ? shape(key.level ?? stages) : nil
      case .final: return key.level.map { shape($0) } ?? maps.last.map { [1, $0.channels] }
      case .layerTokens, .ladder, .side: return nil
      }
    }
  }

  func lastBlock(of output: BackboneOutput) -> Int {
    if case .layer(let k) = output { return k }
    guard case .feature(let key) = output else { return depth }
    return switch key.feature {
    case .block(let k): k
    case .gather(let k): min(k, configuration.depth(through: key.level ?? stages))
    case .final, .layerTokens, .ladder, .side: configuration.depth(through: key.level ?? stages)
    }
  }

  func check(_ output: BackboneOutput) throws {
    switch output {
    case .finalTokens: break
    case .layer(let k): try MISTError.checkDepth(k, of: depth)
    case .logits:
      if configuration.decodeHead == nil, configuration.classifier == nil {
        throw MISTError(
          .backboneArchitecture,
          "logits were asked for, and the model has neither a decode head nor a classifier")
      }
    case .feature(let key):
      switch key.feature {
      case .block(let k), .gather(let k): try MISTError.checkDepth(k, of: depth)
      case .final: break
      case .layerTokens, .ladder, .side: throw MISTError.noOutput(key.feature)
      }
      guard let level = key.level else { break }
      guard (1...stages).contains(level) else {
        throw MISTError(
          .backboneDepth, "stage \(level) was asked for, and the model has stages 1 to \(stages)")
      }
      if case .block(let k) = key.feature, configuration.stage(of: k) != level {
        throw MISTError(
          .backboneDepth,
          "block \(k) was asked for at level \(level), and it belongs to stage \(configuration.stage(of: k))")
      }
    }
  }

  func order(of output: BackboneOutput) -> [Int] {
    switch output {
    case .finalTokens: [depth, 1]
    case .layer(let k): [k, 0, 1]
    case .logits: [.max]
    case .feature(let key):
      switch key.feature {
      case .block(let k): [k, 0]
      case .final, .layerTokens, .ladder, .side: [configuration.depth(through: key.level ?? stages), 1]
      case .gather(let k): [lastBlock(of: output), 2, key.level ?? stages, k]
      }
    }
  }

  func place(of output: BackboneOutput) -> String {
    switch output {
    case .finalTokens: "stage \(stages)'s norm"
    case .layer(let k): "the mean of block \(k)"
    case .logits: "the decode head or classifier"
    case .feature(let key):
      switch key.feature {
      case .block(0): "the first patch embedding"
      case .block(let k): "block \(k)"
      case .final: "stage \(key.level ?? stages)'s norm"
      case .layerTokens, .ladder, .side: "\(key.feature)"
      case .gather(let k): "level \(key.level ?? stages) of the sum up to block \(k)"
      }
    }
  }

  var contents: String {
    let head =
      configuration.decodeHead != nil
      ? "a decode head" : configuration.classifier != nil ? "a classifier" : "no decode head"
    return "blocks 1 to \(depth), stages 1 to \(stages) and \(head)"
  }

  var goldenExamples: String { "F0, F1, … , stage1, A1_k14 or logits" }
}

extension SegFormerConfiguration {
  /// Blocks of stages 1 to `stage` together.
  func depth(through stage: Int) -> Int { stages.prefix(stage).reduce(0) { $0 + $1.depth } }

  /// The stage, from 1, that block `k` belongs to; the first for what enters it.
  func stage(of k: Int) -> Int {
    stages.indices.first { k <= depth(through: $0 + 1) }.map { $0 + 1 } ?? stages.count
  }
}
