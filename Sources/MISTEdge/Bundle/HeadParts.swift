/// One parameter of a head: its place in the flat parameters, and its rows and columns; a vector is one row.
public struct HeadPart: Sendable {
  public let range: Range<Int>
  public let rows: Int
  public let isMatrix: Bool

  public var columns: Int { range.count / rows }

  fileprivate init(vector range: Range<Int>) {
    self.range = range
    rows = 1
    isMatrix = false
  }

  fileprivate init(_ range: Range<Int>, rows: Int) {
    self.range = range
    self.rows = rows
    isMatrix = true
  }
}

extension HeadLayout {
  /// Every parameter in the layout's order.
  public var parts: [HeadPart] {
    var parts: [HeadPart] = []
    if shape.inputNorm { parts += [HeadPart(vector: inputGain), HeadPart(vector: inputBias)] }
    for block in blocks {
      parts += [HeadPart(vector: block.normGain), HeadPart(vector: block.normBias)]
      parts += [HeadPart(block.qkv, rows: 3 * shape.rank), HeadPart(block.out, rows: shape.channels)]
    }
    parts += [HeadPart(vector: finalGain), HeadPart(vector: finalBias)]
    parts += [HeadPart(classifier, rows: shape.classes), HeadPart(vector: classifierBias)]
    return parts
  }
}
