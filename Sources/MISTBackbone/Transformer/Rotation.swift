import Foundation
import MISTEdge

/// Rotary position embedding: turns pairs of channels of every head's queries and keys by an angle of the patch's place. Tokens
/// before the patches are left as they are.
struct Rotation: Sendable {
  /// Tokens before the patches, and all tokens.
  let prefix: Int
  let tokens: Int
  let width: Int
  let heads: Int
  /// `[patches, d/2]` for heads of d channels; channel j of a head turns with channel j + d/2.
  private let cosine: AlignedFloats
  private let sine: AlignedFloats

  /// `angles` `[patches, d/2]`, row by row of the patch grid.
  init(angles: [Float], prefix: Int, width: Int, heads: Int) {
    self.prefix = prefix
    tokens = prefix + angles.count / (width / heads / 2)
    self.width = width
    self.heads = heads
    cosine = AlignedFloats(angles.map { cos($0) })
    sine = AlignedFloats(angles.map { sin($0) })
  }

  /// Turns the queries and keys of the packed `qkv` `[T, 3C]`.
  func run(_ qkv: UnsafeMutablePointer<Float>) {
    let half = width / heads / 2
    for token in prefix..<tokens {
      let (c, s) = (cosine.pointer + (token - prefix) * half, sine.pointer + (token - prefix) * half)
      // Queries and keys lie side by side, head after head.
      for head in 0..<2 * heads {
        let first = qkv + token * 3 * width + head * 2 * half
        let second = first + half
        for j in 0..<half {
          let (x, y) = (first[j], second[j])
          first[j] = x * c[j] - y * s[j]
          second[j] = y * c[j] + x * s[j]
        }
      }
    }
  }
}
