/// The block function of a perceptron: token by token, `o = GELU(W_in · LN(x))`.
extension ResidualStream {
  /// From the finished projections of block `l` to its outputs.
  func perceptron(_ l: Int, _ t: Int, _ s: StreamScratch) {
    let projected = s.projected(shape, l)
    let output = s.outputs.pointer + l * shape.rank
    for i in 0..<t { gelu(projected + i * s.stride, into: output + i * shape.outputs, shape.rank) }
  }

  /// From dL/do to the gradient of the projections of block `l`.
  func perceptronBackward(_ l: Int, _ t: Int, _ s: StreamScratch) {
    let projected = s.projected(shape, l)
    let dProjected = s.workspace.dProjected.pointer + shape.start(l)
    let dOutput = s.workspace.dOutputs.pointer + l * shape.rank
    for i in 0..<t {
      geluBackward(
        projected + i * s.stride, dOutput + i * shape.outputs, into: dProjected + i * shape.wide, shape.rank)
    }
  }
}
