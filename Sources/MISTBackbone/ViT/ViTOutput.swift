import MISTFormats

/// One tensor that a forward pass gives.
public enum ViTOutput: Hashable, Sendable {
  /// F_i `[T, C]`: what enters the first block for i = 0, else the residual stream after block i.
  case block(Int)
  /// G_k = F₀ + … + F_k `[T, C]`.
  case gather(Int)
  /// The final LayerNorm of F_N `[T, C]`.
  case finalNorm
  /// Row 0 of `finalNorm` `[C]`.
  case finalClassToken
  /// The scores of the checkpoint's own classifier `[K]`.
  case logits
}

/// What a forward pass is asked for. Blocks after the last one needed do not run.
public struct ViTOutputs: Sendable {
  public let outputs: Set<ViTOutput>
  let gathers: Set<Int>
  let blocks: Set<Int>

  public init(_ outputs: some Sequence<ViTOutput>) {
    self.outputs = Set(outputs)
    gathers = Set(self.outputs.compactMap { if case .gather(let k) = $0 { k } else { nil } })
    blocks = Set(self.outputs.compactMap { if case .block(let i) = $0 { i } else { nil } })
  }

  /// Gather depths, and optionally the final, normalised class token.
  public init(gathers: [Int], finalClassToken: Bool = false) {
    self.init(gathers.map { .gather($0) } + (finalClassToken ? [.finalClassToken] : []))
  }

  /// Whether the final LayerNorm is asked for, in full or in part.
  public var includesFinal: Bool { needsAllTokens || outputs.contains(.finalClassToken) }

  /// Whether all of it is needed.
  var needsAllTokens: Bool { outputs.contains(.finalNorm) || outputs.contains(.logits) }

  /// The last block that must run of a model with `depth` blocks; 0 when F₀ is enough.
  public func lastBlock(of depth: Int) -> Int {
    includesFinal ? depth : max(gathers.max() ?? 0, blocks.max() ?? 0)
  }

  /// Throws `backbone.depth` when a depth lies outside 0…`depth`.
  func check(depth: Int) throws {
    for k in gathers.union(blocks).sorted() where !(0...depth).contains(k) {
      throw MISTError(
        .backboneDepth, "depth \(k) was asked for, and the model has blocks 1 to \(depth)",
        advice: "ask for a depth from 0 to \(depth)")
    }
  }
}
