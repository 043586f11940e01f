extension MapHeadNetwork {
  /// Logits `[H'·W', classes]` of the maps in `scratch.inputs`, which are overwritten.
  ///
  /// - Parameter mask: Factors `[D]` on the classifier's input (dropout of whole channels), not negative; nil for a linear
  ///   head.
  public func forward(
    scratch s: MapHeadScratch, mask: UnsafePointer<Float>? = nil, into logits: UnsafeMutablePointer<Float>
  ) {
    // The first level last: what it leaves in memory that the levels share is read out with the sum.
    for i in stride(from: trunks.count - 1, through: 0, by: -1) {
      let tokens = shape.levels[i].tokens
      trunks[i].forward(tokens, s.trunks[i])
      guard i > 0 || !s.readsFirst else { continue }
      trunks[i].readout(0..<tokens, s.trunks[i], into: s.products[i].pointer)
    }
    let count = shape.outputWidth * shape.classes
    guard shape.hidden > 0 else {
      sumLevels(0, shape.outputHeight, s, into: logits)
      return
    }
    for first in stride(from: 0, to: shape.outputHeight, by: s.stripRows) {
      let rows = min(s.stripRows, shape.outputHeight - first)
      hiddenRows(first, rows, mask, s)
      let out = logits + first * count
      let positions = rows * shape.outputWidth
      for p in 0..<positions {
        (out + p * shape.classes).update(from: classifierBias.pointer, count: shape.classes)
      }
      K.gemm(
        transposeA: false, transposeB: true, m: positions, n: shape.classes, k: shape.hidden, alpha: 1,
        a: s.hidden.pointer, lda: shape.hidden, b: classifier.pointer, ldb: shape.hidden,
        beta: 1, c: out, ldc: shape.classes)
    }
  }

  /// The bias plus every level's product at `rows` output rows from `first`, `[rows·W', R]`.
  private func sumLevels(
    _ first: Int, _ rows: Int, _ s: MapHeadScratch, into out: UnsafeMutablePointer<Float>
  ) {
    let channels = shape.outputRows
    let width = shape.outputWidth
    let ready = s.readsFirst ? 1 : 0
    if s.readsFirst {
      trunks[0].readout(first * width..<(first + rows) * width, s.trunks[0], into: out)
    } else {
      out.update(repeating: 0, count: rows * width * channels)
    }
    for i in first..<(first + rows) {
      let row = out + (i - first) * width * channels
      for j in 0..<width { axpy(1, bias.pointer, row + j * channels, channels) }
      for l in ready..<trunks.count {
        resizes[l].addRow(
          i, of: s.products[l].pointer, channels: channels, between: s.between.pointer, to: row)
      }
    }
  }

  /// The classifier's input at `rows` output rows from `first`, into `scratch.hidden`.
  func hiddenRows(_ first: Int, _ rows: Int, _ mask: UnsafePointer<Float>?, _ s: MapHeadScratch) {
    sumLevels(first, rows, s, into: s.hidden.pointer)
    let d = shape.hidden
    for p in 0..<rows * shape.outputWidth {
      let row = s.hidden.pointer + p * d
      if let mask {
        for x in 0..<d { row[x] = max(0, row[x]) * mask[x] }
      } else {
        for x in 0..<d { row[x] = max(0, row[x]) }
      }
    }
  }
}
