extension MapHeadNetwork {
  /// Adds one sample's gradients to `g`, given `dLogits` `[H'·W', classes]`. Must follow `forward` on the same scratch (made
  /// for training) with the same `mask`.
  public func backward(
    dLogits: UnsafePointer<Float>, mask: UnsafePointer<Float>? = nil, scratch s: MapHeadScratch,
    into g: MapHeadGradient
  ) {
    for d in s.dProducts { d.clear() }
    if shape.hidden > 0 {
      for first in stride(from: 0, to: shape.outputHeight, by: s.stripRows) {
        let rows = min(s.stripRows, shape.outputHeight - first)
        classifierBackward(first, rows, dLogits, mask, s, g)
        sumBackward(first, rows, s.dHidden.pointer, s, g)
      }
    } else {
      sumBackward(0, shape.outputHeight, dLogits, s, g)
    }
    for i in 0..<trunks.count {
      let tokens = shape.levels[i].tokens
      trunks[i].readoutBackward(
        tokens, z: s.products[i].pointer, dz: s.dProducts[i].pointer, s.trunks[i], g.trunks[i])
      trunks[i].backward(tokens, s.trunks[i], g.trunks[i])
    }
  }

  /// Through the classifier and ReLU at `rows` output rows from `first`, into `scratch.dHidden`.
  private func classifierBackward(
    _ first: Int, _ rows: Int, _ dLogits: UnsafePointer<Float>, _ mask: UnsafePointer<Float>?,
    _ s: MapHeadScratch, _ g: MapHeadGradient
  ) {
    hiddenRows(first, rows, mask, s)
    let (d, classes) = (shape.hidden, shape.classes)
    let positions = rows * shape.outputWidth
    let dLogits = dLogits + first * shape.outputWidth * classes
    for p in 0..<positions { axpy(1, dLogits + p * classes, g.classifierBias, classes) }
    K.gemm(
      transposeA: true, transposeB: false, m: classes, n: d, k: positions, alpha: 1,
      a: dLogits, lda: classes, b: s.hidden.pointer, ldb: d, beta: 1, c: g.classifier, ldc: d)
    K.gemm(
      transposeA: false, transposeB: false, m: positions, n: d, k: classes, alpha: 1,
      a: dLogits, lda: classes, b: classifier.pointer, ldb: d, beta: 0, c: s.dHidden.pointer, ldc: d)
    for p in 0..<positions {
      let input = s.hidden.pointer + p * d
      let row = s.dHidden.pointer + p * d
      if let mask {
        for x in 0..<d { row[x] = input[x] > 0 ? row[x] * mask[x] : 0 }
      } else {
        for x in 0..<d { row[x] = input[x] > 0 ? row[x] : 0 }
      }
    }
  }

  /// Through the sum of the levels at `rows` output rows from `first`, whose gradient is `d` `[rows·W', R]`.
  private func sumBackward(
    _ first: Int, _ rows: Int, _ d: UnsafePointer<Float>, _ s: MapHeadScratch, _ g: MapHeadGradient
  ) {
    let channels = shape.outputRows
    for i in first..<(first + rows) {
      let row = d + (i - first) * shape.outputWidth * channels
      for j in 0..<shape.outputWidth { axpy(1, row + j * channels, g.bias, channels) }
      for l in 0..<trunks.count {
        resizes[l].addRowGradient(
          i, row, channels: channels, between: s.between.pointer, to: s.dProducts[l].pointer)
      }
    }
  }

  /// Turns summed gradients of the folded weights into gradients of the parameters `[layout.count]`, overwriting
  /// `gradient`. `parameters` are those of the last `prepare`. `g` is used as scratch memory and holds nothing after.
  public func unfold(
    _ g: MapHeadGradient, parameters: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>
  ) {
    (gradient + layout.bias.lowerBound).update(
      from: g.bias, count: layout.count - layout.bias.lowerBound)
    for i in 0..<trunks.count {
      trunks[i].unfold(g.trunks[i], parameters: parameters, into: gradient)
    }
  }
}
