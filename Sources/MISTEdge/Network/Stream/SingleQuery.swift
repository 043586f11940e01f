extension ResidualStream {
  /// The first token's query of the last block.
  func lastQuery(_ l: Int, _ s: StreamScratch) {
    let r = shape.rank
    let c = shape.channels
    let first = shape.query(l)
    let bias = constants.pointer + shape.inputs * l + 2 * r
    for i in 0..<r {
      var z = rowConstants.pointer[first + i] + dot(inputRows.pointer + (first + i) * c, s.input.pointer, c)
      for j in 0..<l * r { z += s.outputs.pointer[j] * cross.pointer[j * shape.rowCount + first + i] }
      s.workspace.query.pointer[i] = z * s.scales.pointer[l * s.maximumTokens] + bias[i]
    }
  }

  /// Through the first token's query of the last block; `dQuery` is dL/dz by now.
  func lastQueryBackward(_ l: Int, _ s: StreamScratch, _ g: StreamGradient) {
    let r = shape.rank
    let c = shape.channels
    let first = shape.query(l)
    for i in 0..<r {
      let d = s.workspace.dQuery.pointer[i]
      axpy(d, s.input.pointer, g.rows + (first + i) * c, c)
      if let dInput = s.dInput { axpy(d, inputRows.pointer + (first + i) * c, dInput, c) }
      g.rowConstants[first + i] += d
      for j in 0..<l * r {
        let at = j * shape.rowCount + first + i
        s.workspace.dOutputs.pointer[j] += d * cross.pointer[at]
        g.cross[at] += d * s.outputs.pointer[j]
      }
    }
  }
}
