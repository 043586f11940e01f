/// How foreign tensors become a canonical one. Every transform is a rearrangement without arithmetic, so the same row
/// also makes the foreign tensors from the canonical one.
package enum Transform: Sendable, Hashable {
  /// The same shape.
  case identity
  /// The foreign shape has this many leading dimensions of 1: `[1, T, C]` ↔ `[T, C]`.
  case squeeze(Int)
  /// The foreign tensor is a 1×1 convolution's: `[out, in, 1, 1]` ↔ `[out, in]`.
  case pointwise
  /// The foreign tensors are equal parts of the canonical one along its first dimension.
  case concatRows
  /// The canonical tensor is these of the `of` equal parts of the foreign one along its first dimension; other rows of the
  /// table have the rest.
  case rows(Range<Int>, of: Int)
  /// The foreign matrix is `[in, out]`.
  case transpose
  /// The foreign convolution is `[height, width, in, out]`.
  case channelsLast
  /// The foreign kernels are `[in, heads, channels]`, their biases `[heads, channels]`: transposed they are equal parts of
  /// the canonical tensor along its first dimension.
  case concatHeads
  /// The foreign kernel is `[heads, channels, out]`: transposed it is `[out, in]`.
  case joinHeads
  /// The foreign model has no such tensor because it adds nothing: all zeros.
  case zeros

  /// Shape of each foreign tensor of a canonical one of `shape`, which is made of `parts` foreign ones, in a model of
  /// `heads` attention heads.
  package func foreignShape(of shape: [Int], parts: Int, heads: Int) -> [Int] {
    let rows = (shape.first ?? 1) / max(1, parts)
    switch self {
    case .identity, .zeros: return shape
    case .squeeze(let ones): return Array(repeating: 1, count: ones) + shape
    case .pointwise: return shape + [1, 1]
    case .concatRows: return [rows] + shape.dropFirst()
    case .rows(let part, let count):
      return [(shape.first ?? 1) / max(1, part.count) * count] + shape.dropFirst()
    case .transpose: return shape.reversed()
    case .channelsLast: return shape.count == 4 ? [shape[2], shape[3], shape[1], shape[0]] : shape
    case .concatHeads: return shape.dropFirst() + [heads, rows / max(1, heads)]
    case .joinHeads:
      return shape.count == 2 ? [heads, shape[1] / max(1, heads), shape[0]] : shape
    }
  }

  /// What a foreign tensor of `shape` is by itself in the canonical layout, before it is joined with other parts: the
  /// number of dimensions is the canonical one, or `shape` is returned as it is because it has an impossible one.
  func canonicalShape(of shape: [Int]) -> [Int] {
    switch (self, shape.count) {
    case (.transpose, 2): [shape[1], shape[0]]
    case (.channelsLast, 4): [shape[3], shape[2], shape[0], shape[1]]
    case (.concatHeads, 3): [shape[1] * shape[2], shape[0]]
    case (.concatHeads, 2): [shape[0] * shape[1]]
    case (.joinHeads, 3): [shape[2], shape[0] * shape[1]]
    default: shape
    }
  }

  /// How the elements of each of `parts` equal parts of a canonical tensor of `shape` move; nil where they keep their
  /// order.
  func reversal(of shape: [Int], parts: Int) -> AxisReversal? {
    let rows = (shape.first ?? 1) / max(1, parts)
    switch (self, shape.count) {
    case (.transpose, 2), (.concatHeads, 2), (.joinHeads, 2):
      return AxisReversal(first: rows, middle: 1, last: shape[1])
    case (.channelsLast, 4): return AxisReversal(first: rows, middle: shape[1], last: shape[2] * shape[3])
    default: return nil
    }
  }

  /// Which of a foreign tensor's bytes the canonical one takes, where not all.
  func slice(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard case .rows(let part, let count) = self, count > 0 else { return bytes }
    let size = bytes.count / count
    return UnsafeRawBufferPointer(rebasing: bytes[part.lowerBound * size..<part.upperBound * size])
  }

  /// Where a foreign tensor is made of several canonical ones: this one's place among them.
  var firstPart: Int { if case .rows(let part, _) = self { part.lowerBound } else { 0 } }
}

extension Transform: CustomStringConvertible {
  package var description: String {
    switch self {
    case .identity: "copy"
    case .squeeze: "squeeze"
    case .pointwise: "squeeze 1x1"
    case .concatRows: "concat rows"
    case .rows(let part, let count): "rows \(part.lowerBound)...\(part.upperBound - 1) of \(count)"
    case .transpose: "transpose"
    case .channelsLast: "channels last"
    case .concatHeads: "concat heads"
    case .joinHeads: "join heads"
    case .zeros: "zeros"
    }
  }
}
