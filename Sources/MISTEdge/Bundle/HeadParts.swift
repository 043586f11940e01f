/// One parameter of a head: its place in the flat parameters, and its rows and columns; a vector is one row.
public struct HeadPart: Sendable {
  public let range: Range<Int>
  public let rows: Int
  public let isMatrix: Bool

  public var columns: Int { range.count / rows }

  init(vector range: Range<Int>) {
    self.range = range
    rows = 1
    isMatrix = false
  }

  init(_ range: Range<Int>, rows: Int) {
    self.range = range
    self.rows = rows
    isMatrix = true
  }
}

extension HeadLayout {
  var partCount: Int { (shape.inputNorm ? 2 : 0) + 4 * shape.depth + 4 }

  /// Parameter `index`, 0 ..< partCount, in the layout's order.
  @inline(never)
  func part(_ index: Int) -> HeadPart {
    let input = shape.inputNorm ? 2 : 0
    if index < input { return HeadPart(vector: index == 0 ? inputGain : inputBias) }
    let (l, place) = (index - input).quotientAndRemainder(dividingBy: 4)
    if l < shape.depth {
      let block = block(l)
      switch place {
      case 0: return HeadPart(vector: block.normGain)
      case 1: return HeadPart(vector: block.normBias)
      case 2: return HeadPart(block.qkv, rows: 3 * shape.rank)
      default: return HeadPart(block.out, rows: shape.channels)
      }
    }
    switch place {
    case 0: return HeadPart(vector: finalGain)
    case 1: return HeadPart(vector: finalBias)
    case 2: return HeadPart(classifier, rows: shape.classes)
    default: return HeadPart(vector: classifierBias)
    }
  }

  /// Every parameter in the layout's order.
  public var parts: LazyMapCollection<Range<Int>, HeadPart> { (0..<partCount).lazy.map(part) }
}

extension BundleHead {
  /// The head's parameters in its layout's order.
  public var parts: [HeadPart] {
    switch self {
    case .classification(let shape):
      let layout = HeadLayout(shape)
      return (0..<layout.partCount).map(layout.part)
    case .segmentation(let shape):
      return MapHeadLayout(shape).storedParts
    }
  }
}

extension MapHeadLayout {
  /// Every parameter in the layout's order.
  fileprivate var storedParts: [HeadPart] {
    var parts: [HeadPart] = []
    for (level, size) in zip(levels, shape.levels) {
      parts.add(level.inputGain)
      parts.add(level.inputBias)
      for block in level.blocks {
        parts.add(block.normGain)
        parts.add(block.normBias)
        parts.add(block.qkv, rows: 3 * shape.rank)
        parts.add(block.out, rows: size.channels)
      }
      parts.add(level.normGain)
      parts.add(level.normBias)
      parts.add(level.product, rows: shape.outputRows)
    }
    parts.add(bias)
    parts.add(classifier, rows: shape.classes)
    parts.add(classifierBias)
    return parts
  }
}

extension [HeadPart] {
  /// Adds a matrix of `rows`, or a vector; nothing where the head has no such parameter.
  @inline(never)
  fileprivate mutating func add(_ range: Range<Int>, rows: Int = 0) {
    guard !range.isEmpty else { return }
    append(rows == 0 ? HeadPart(vector: range) : HeadPart(range, rows: rows))
  }
}
