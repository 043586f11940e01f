import MISTEdge
import MISTFormats
import MISTModels

/// The outputs of a model whose residual stream is one sequence of tokens: class token, registers, patches.
struct TokenCatalog: OutputCatalog {
  /// Blocks N.
  let depth: Int
  /// Channels C.
  let width: Int
  let patchSize: Int
  let hasClassToken: Bool
  /// Tokens before the patches.
  let prefix: Int
  /// Classes of the classifier; nil for a backbone alone.
  let classes: Int?

  init(_ c: some TransformerConfiguration) {
    (depth, width, patchSize) = (c.depth, c.width, c.patchSize)
    (hasClassToken, prefix, classes) = (c.classToken, c.prefixTokens, c.classifier?.classes)
  }

  /// The patch grid of an image.
  func grid(_ image: MapSize) -> MapSize {
    MapSize(height: image.height / patchSize, width: image.width / patchSize)
  }

  func shape(of output: BackboneOutput, image: MapSize) -> [Int]? {
    let grid = grid(image)
    let tokens = [prefix + grid.count, width]
    switch output {
    case .finalTokens: return tokens
    case .layer(let i): return (0...depth).contains(i) ? [hasClassToken ? 2 : 1, width] : nil
    case .logits: return classes.map { [$0] }
    case .feature(let key):
      switch key.feature {
      case .block(let i), .gather(let i): if !(0...depth).contains(i) { return nil }
      case .final: if key.level == nil { return hasClassToken ? [1, width] : nil }
      case .layerTokens, .ladder, .side: return nil
      }
      guard let level = key.level else { return tokens }
      return level == 1 ? [grid.height, grid.width, width] : nil
    }
  }

  func lastBlock(of output: BackboneOutput) -> Int {
    if case .layer(let i) = output { return i }
    guard case .feature(let key) = output else { return depth }
    return switch key.feature {
    case .block(let i), .gather(let i): i
    case .final, .layerTokens, .ladder, .side: depth
    }
  }

  func check(_ output: BackboneOutput) throws {
    switch output {
    case .finalTokens: break
    case .layer(let i): try MISTError.checkDepth(i, of: depth)
    case .logits:
      if classes == nil {
        throw MISTError(.backboneArchitecture, "logits were asked for, and the model has no classifier")
      }
    case .feature(let key):
      switch key.feature {
      case .block(let k), .gather(let k): try MISTError.checkDepth(k, of: depth)
      case .final:
        if key.level == nil, !hasClassToken {
          throw MISTError(
            .backboneArchitecture, "the final class token was asked for, and the model has no class token")
        }
      case .layerTokens, .ladder, .side: throw MISTError.noOutput(key.feature)
      }
      if let level = key.level, level != 1 {
        throw MISTError(.backboneDepth, "level \(level) was asked for, and the model has level 1 alone")
      }
    }
  }

  func order(of output: BackboneOutput) -> [Int] {
    switch output {
    case .feature(let key):
      switch key.feature {
      case .block(let i): [i, 0, key.level ?? 0]
      case .gather(let k): [k, 1, key.level ?? 0]
      case .final, .layerTokens, .ladder, .side: [.max, 0, key.level ?? 0]
      }
    case .layer(let i): [i, 2]
    case .finalTokens: [.max, 0]
    case .logits: [.max, 1]
    }
  }

  func place(of output: BackboneOutput) -> String {
    switch output {
    case .feature(let key):
      switch key.feature {
      case .block(0): "the embedding"
      case .block(let i): "block \(i)"
      case .gather(let k): "the sum F0 … F\(k)"
      case .final: "the final norm"
      case .layerTokens, .ladder, .side: "\(key.feature)"
      }
    case .layer(let i): "the class token and mean of \(i == 0 ? "the embedding" : "block \(i)")"
    case .finalTokens: "the final norm"
    case .logits: "the classifier"
    }
  }

  var contents: String { "blocks 1 to \(depth) and \(classes == nil ? "no" : "a") classifier" }
  var goldenExamples: String { "F0, F1, … , gather_k4, final_norm or logits" }
}

extension MISTError {
  /// `backbone.architecture`: no forward pass gives `feature`.
  static func noOutput(_ feature: Feature) -> MISTError {
    MISTError(.backboneArchitecture, "\(feature) was asked for, which is made of other outputs")
  }

  /// Throws `backbone.depth` for a block or gather depth outside 0…`depth`.
  static func checkDepth(_ k: Int, of depth: Int) throws {
    guard !(0...depth).contains(k) else { return }
    throw MISTError(
      .backboneDepth, "depth \(k) was asked for, and the model has blocks 1 to \(depth)",
      advice: "ask for a depth from 0 to \(depth)")
  }

  /// Throws `backbone.depth` when block `last` is needed and `loaded` blocks were loaded.
  static func checkLoaded(_ last: Int, loaded: Int) throws {
    guard last > loaded else { return }
    throw MISTError(.backboneDepth, "depth \(last) was asked for, and \(loaded) blocks were loaded")
  }
}
