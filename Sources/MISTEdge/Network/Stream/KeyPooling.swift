extension ResidualStream {
  /// Calls `body(position, window, one over the window's size)` for every position of the map.
  @inline(__always)
  private func forEachPosition(_ body: (Int, Int, Float) -> Void) {
    let side = shape.reduction
    let columns = (shape.width + side - 1) / side
    for y in 0..<shape.height {
      let top = y / side
      let rows = min(side, shape.height - top * side)
      for left in 0..<columns {
        let first = left * side
        let count = min(side, shape.width - first)
        let share = 1 / Float(rows * count)
        for x in first..<(first + count) { body(y * shape.width + x, top * columns + left, share) }
      }
    }
  }

  /// Means of block `l`'s finished keys and values over windows; cut windows over what is there.
  func pool(_ l: Int, _ s: StreamScratch) {
    let n = 2 * shape.rank
    let (out, _) = keys(l, s)
    let projected = s.projected(shape, l)
    out.update(repeating: 0, count: shape.keys(shape.height * shape.width) * n)
    forEachPosition { position, window, share in
      axpy(share, projected + position * s.stride, out + window * n, n)
    }
  }

  /// Spreads the gradients of pooled keys and values over their windows.
  func poolBackward(_ l: Int, _ s: StreamScratch) {
    let n = 2 * shape.rank
    let d = s.workspace.dPooled.pointer
    let dProjected = s.workspace.dProjected.pointer + shape.start(l)
    forEachPosition { position, window, share in
      let row = dProjected + position * shape.wide
      let source = d + window * n
      for x in 0..<n { row[x] = source[x] * share }
    }
  }
}
