/// How foreign tensors become a canonical one. Every transform is a rearrangement without arithmetic, so the same row
/// also makes the foreign tensors from the canonical one.
public enum Transform: Sendable, Hashable {
  /// The same shape.
  case identity
  /// The foreign shape has this many leading dimensions of 1: `[1, T, C]` ↔ `[T, C]`.
  case squeeze(Int)
  /// The foreign tensor is a 1×1 convolution's: `[out, in, 1, 1]` ↔ `[out, in]`.
  case pointwise
  /// The foreign tensors are equal parts of the canonical one along its first dimension.
  case concatRows
  /// The foreign matrix is `[in, out]`.
  case transpose
  /// The foreign model has no such tensor because it adds nothing: all zeros.
  case zeros

  /// Shape of each foreign tensor of a canonical one of `shape`, which is made of `parts` foreign ones.
  public func foreignShape(of shape: [Int], parts: Int) -> [Int] {
    switch self {
    case .identity, .zeros: return shape
    case .squeeze(let ones): return Array(repeating: 1, count: ones) + shape
    case .pointwise: return shape + [1, 1]
    case .concatRows: return [shape[0] / max(1, parts)] + shape.dropFirst()
    case .transpose: return shape.reversed()
    }
  }
}

extension Transform: CustomStringConvertible {
  public var description: String {
    switch self {
    case .identity: "copy"
    case .squeeze: "squeeze"
    case .pointwise: "squeeze 1x1"
    case .concatRows: "concat rows"
    case .transpose: "transpose"
    case .zeros: "zeros"
    }
  }
}
