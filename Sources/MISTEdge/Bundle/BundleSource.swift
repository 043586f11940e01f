/// The bundle's `SRCE` section: the backbone and gather whose features the head was trained on.
public struct BundleSource {
  public enum Gather: Equatable, Sendable {
    /// `G_k`, the sum of the residual stream up to block k.
    case sum(Int)
    /// The final, normalised class token.
    case final
  }

  public static let size = 64

  public let gather: Gather
  /// SHA-256 of the converted model, 32 bytes.
  public let modelHash: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer, shape: HeadShape) throws(EdgeError) {
    let id = SectionID.source
    guard bytes.count == Self.size else {
      throw EdgeError(.badSectionSize, in: id, expected: Self.size, found: bytes.count)
    }
    let (kind, depth) = (bytes.u32(at: 0), bytes.u32(at: 4))
    guard kind <= 1 else { throw EdgeError(.unknownGather, in: id, found: kind) }
    guard kind == 0 ? 1...65535 ~= depth : depth == 0 else {
      throw EdgeError(.badGatherDepth, in: id, found: depth)
    }
    guard kind == 0 || shape.tokens == 1 else {
      throw EdgeError(.badFinalShape, in: id, expected: 1, found: shape.tokens)
    }
    guard bytes.isZero(40..<64) else { throw EdgeError(.reservedNotZero, in: id) }
    gather = kind == 0 ? .sum(Int(depth)) : .final
    modelHash = bytes.part(8..<40)
  }
}
