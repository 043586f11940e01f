/// A readout of maps: every stream's product per position, resized to the output grid, summed, and for an mlp head a ReLU and a
/// classifier.
final class DenseReadout<K: EdgeKernels> {
  let streams: [ResidualStream<K>]
  private let resizes: [MapResize]
  private let grid: DenseShape
  private let classes: Int
  /// Rows of every stream's product: D, or the classes of a linear head.
  private let rows: Int
  /// The sum's bias, classifier and its bias, as in the parameters.
  private let bias: FloatBuffer
  private let classifier: FloatBuffer
  private let classifierBias: FloatBuffer
  /// Where the bias lies, which the classifier follows.
  private let start: Int

  init(_ shape: NetworkShape, _ dense: DenseShape, _ table: ParameterTable, _ streams: [ResidualStream<K>]) {
    self.streams = streams
    grid = dense
    classes = shape.classes
    let bias = table.range(.bias)
    rows = bias.count
    start = bias.lowerBound
    resizes = shape.streams.map {
      MapResize(
        height: $0.height, width: $0.width, outputHeight: dense.height, outputWidth: dense.width)
    }
    self.bias = FloatBuffer(bias.count)
    classifier = FloatBuffer(table.range(.classifier).count)
    classifierBias = FloatBuffer(table.range(.classifierBias).count)
  }

  func prepare(_ parameters: UnsafePointer<Float>) {
    var next = parameters + start
    for buffer in [bias, classifier, classifierBias] {
      buffer.pointer.update(from: next, count: buffer.count)
      next += buffer.count
    }
  }

  private func tokens(_ i: Int) -> Int { streams[i].shape.height * streams[i].shape.width }

  /// Runs the streams and writes logits `[H'·W', classes]`.
  func forward(
    _ streamScratch: [StreamScratch], _ s: DenseScratch, _ masks: DropoutMasks,
    into logits: UnsafeMutablePointer<Float>
  ) {
    // The first level last: what it leaves in memory that the levels share is read out with the sum.
    for i in stride(from: streams.count - 1, through: 0, by: -1) {
      streams[i].forward(tokens(i), streamScratch[i])
      guard i > 0 || !s.readsFirst else { continue }
      streams[i].readout(0..<tokens(i), streamScratch[i], into: s.products[i].pointer)
    }
    let count = grid.width * classes
    guard grid.hidden > 0 else {
      sumLevels(0, grid.height, streamScratch, s, into: logits)
      return
    }
    for first in stride(from: 0, to: grid.height, by: s.stripRows) {
      let rows = min(s.stripRows, grid.height - first)
      hiddenRows(first, rows, masks.classifierInput, streamScratch, s)
      let out = logits + first * count
      let positions = rows * grid.width
      for p in 0..<positions { (out + p * classes).update(from: classifierBias.pointer, count: classes) }
      K.gemm(
        transposeA: false, transposeB: true, m: positions, n: classes, k: grid.hidden, alpha: 1,
        a: s.hidden.pointer, lda: grid.hidden, b: classifier.pointer, ldb: grid.hidden,
        beta: 1, c: out, ldc: classes)
    }
  }

  /// The bias plus every level's product at `count` output rows from `first`, `[count·W', R]`.
  private func sumLevels(
    _ first: Int, _ count: Int, _ streamScratch: [StreamScratch], _ s: DenseScratch,
    into out: UnsafeMutablePointer<Float>
  ) {
    let width = grid.width
    let ready = s.readsFirst ? 1 : 0
    if s.readsFirst {
      streams[0].readout(first * width..<(first + count) * width, streamScratch[0], into: out)
    } else {
      out.update(repeating: 0, count: count * width * rows)
    }
    for i in first..<(first + count) {
      let row = out + (i - first) * width * rows
      for j in 0..<width { axpy(1, bias.pointer, row + j * rows, rows) }
      for l in ready..<streams.count {
        resizes[l].addRow(
          i, of: s.products[l].pointer, channels: rows, between: s.between.pointer, to: row)
      }
    }
  }

  /// The classifier's input at `count` output rows from `first`, into `scratch.hidden`.
  private func hiddenRows(
    _ first: Int, _ count: Int, _ mask: UnsafePointer<Float>?, _ streamScratch: [StreamScratch],
    _ s: DenseScratch
  ) {
    sumLevels(first, count, streamScratch, s, into: s.hidden.pointer)
    let d = grid.hidden
    for p in 0..<count * grid.width {
      let row = s.hidden.pointer + p * d
      if let mask {
        for x in 0..<d { row[x] = max(0, row[x]) * mask[x] }
      } else {
        for x in 0..<d { row[x] = max(0, row[x]) }
      }
    }
  }

  /// From dL/dlogits to the gradients of streams and own parameters.
  func backward(
    _ dLogits: UnsafePointer<Float>, _ streamScratch: [StreamScratch], _ s: DenseScratch,
    _ masks: DropoutMasks, _ g: [StreamGradient], _ own: UnsafeMutablePointer<Float>
  ) {
    for d in s.dProducts { d.clear() }
    if grid.hidden > 0 {
      for first in stride(from: 0, to: grid.height, by: s.stripRows) {
        let count = min(s.stripRows, grid.height - first)
        hiddenRows(first, count, masks.classifierInput, streamScratch, s)
        classifierBackward(
          count, dLogits + first * grid.width * classes, masks.classifierInput, s, own + rows)
        sumBackward(first, count, s.dHidden.pointer, s, own)
      }
    } else {
      sumBackward(0, grid.height, dLogits, s, own)
    }
    for i in 0..<streams.count {
      streams[i].readoutBackward(
        tokens(i), z: s.products[i].pointer, dz: s.dProducts[i].pointer, streamScratch[i], g[i])
      streams[i].backward(tokens(i), streamScratch[i], g[i])
    }
  }

  /// Through the classifier and ReLU at `count` output rows, into `scratch.dHidden`.
  private func classifierBackward(
    _ count: Int, _ dLogits: UnsafePointer<Float>, _ mask: UnsafePointer<Float>?, _ s: DenseScratch,
    _ dClassifier: UnsafeMutablePointer<Float>
  ) {
    let d = grid.hidden
    let positions = count * grid.width
    let dBias = dClassifier + classes * d
    for p in 0..<positions { axpy(1, dLogits + p * classes, dBias, classes) }
    K.gemm(
      transposeA: true, transposeB: false, m: classes, n: d, k: positions, alpha: 1,
      a: dLogits, lda: classes, b: s.hidden.pointer, ldb: d, beta: 1, c: dClassifier, ldc: d)
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

  /// Through the sum of the levels at `count` output rows from `first`, whose gradient is `d` `[count·W', R]`.
  private func sumBackward(
    _ first: Int, _ count: Int, _ d: UnsafePointer<Float>, _ s: DenseScratch,
    _ dBias: UnsafeMutablePointer<Float>
  ) {
    for i in first..<(first + count) {
      let row = d + (i - first) * grid.width * rows
      for j in 0..<grid.width { axpy(1, row + j * rows, dBias, rows) }
      for l in 0..<streams.count {
        resizes[l].addRowGradient(
          i, row, channels: rows, between: s.between.pointer, to: s.dProducts[l].pointer)
      }
    }
  }

  /// The own parameters' gradients are theirs already.
  func unfold(_ own: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>) {
    (gradient + start).update(from: own, count: bias.count + classifier.count + classifierBias.count)
  }
}
