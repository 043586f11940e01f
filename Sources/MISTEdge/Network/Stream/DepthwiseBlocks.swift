/// Blocks of depthwise convolutions ready to run, in the plain form: C-wide, and the only place where the stream is formed.
final class DepthwiseBlocks {
  let shape: DepthwiseShape
  /// The parameters as in the table, but kernels `[9, C]`.
  private let parameters: FloatBuffer

  init(_ shape: DepthwiseShape) {
    self.shape = shape
    parameters = FloatBuffer(shape.parameters)
  }

  /// Where the parts of a block lie among its parameters.
  private struct Block {
    let gain, bias, kernels, kernelBias: UnsafeMutablePointer<Float>

    init(_ base: UnsafeMutablePointer<Float>, _ l: Int, _ shape: DepthwiseShape) {
      let c = shape.channels
      gain = base + shape.inputParameters + l * shape.parametersPerBlock
      bias = gain + c
      kernels = bias + c
      kernelBias = kernels + DepthwiseShape.taps * c
    }
  }

  /// Takes the stream's `parameters`. They are not kept.
  func prepare(_ parameters: UnsafePointer<Float>) {
    let (c, taps) = (shape.channels, DepthwiseShape.taps)
    self.parameters.pointer.update(from: parameters, count: shape.parameters)
    for l in 0..<shape.depth {
      let kernels = Block(self.parameters.pointer, l, shape).kernels
      let source = parameters + (kernels - self.parameters.pointer)
      for x in 0..<c { for tap in 0..<taps { kernels[tap * c + x] = source[x * taps + tap] } }
    }
  }

  /// Puts gradients as `backward` sums them in the table's order.
  func unfold(_ g: UnsafeMutablePointer<Float>, into gradient: UnsafeMutablePointer<Float>) {
    let (c, taps) = (shape.channels, DepthwiseShape.taps)
    gradient.update(from: g, count: shape.parameters)
    for l in 0..<shape.depth {
      let kernels = Block(g, l, shape).kernels
      let out = gradient + (kernels - g)
      for x in 0..<c { for tap in 0..<taps { out[x * taps + tap] = kernels[tap * c + x] } }
    }
  }

  /// Runs the blocks on `x` `[T, C]` in place.
  func forward(_ x: UnsafeMutablePointer<Float>, _ s: DepthwiseScratch) {
    let c = shape.channels
    if shape.inputNorm {
      let bias = parameters.pointer + c
      for i in 0..<shape.tokens {
        let row = x + i * c
        _ = standardise(row, c, epsilon: shape.epsilon)
        if s.standardInput.count > 0 { (s.standardInput.pointer + i * c).update(from: row, count: c) }
        for j in 0..<c { row[j] = row[j] * parameters.pointer[j] + bias[j] }
      }
    }
    let map = x + shape.prefix * c
    for l in 0..<shape.depth {
      let block = Block(parameters.pointer, l, shape)
      let (standard, factors) = (s.standard(l), s.factors(l))
      standard.update(from: map, count: shape.positions * c)
      for i in 0..<shape.positions { factors[i] = standardise(standard + i * c, c, epsilon: shape.epsilon) }
      norm(standard, block, into: s.normed.pointer)
      for i in 0..<shape.positions { axpy(1, block.kernelBias, map + i * c, c) }
      forEachTap { tap, position, neighbour in
        addProduct(block.kernels + tap * c, s.normed.pointer + neighbour * c, map + position * c, c)
      }
    }
  }

  /// Adds the gradients of the parameters to `g`, kernels as `[9, C]`, given dL/d(output) `d` `[T, C]`, which becomes
  /// dL/d(input of the first block).
  func backward(
    _ d: UnsafeMutablePointer<Float>, _ s: DepthwiseScratch, _ g: UnsafeMutablePointer<Float>
  ) {
    let c = shape.channels
    guard let dNormed = s.dNormed else { return }
    let map = d + shape.prefix * c
    for l in stride(from: shape.depth - 1, through: 0, by: -1) {
      let block = Block(parameters.pointer, l, shape)
      let gradient = Block(g, l, shape)
      let (standard, factors) = (s.standard(l), s.factors(l))
      norm(standard, block, into: s.normed.pointer)
      dNormed.clear()
      for i in 0..<shape.positions { axpy(1, map + i * c, gradient.kernelBias, c) }
      forEachTap { tap, position, neighbour in
        let row = map + position * c
        addProduct(row, s.normed.pointer + neighbour * c, gradient.kernels + tap * c, c)
        addProduct(row, block.kernels + tap * c, dNormed.pointer + neighbour * c, c)
      }
      for i in 0..<shape.positions {
        let (row, x) = (dNormed.pointer + i * c, standard + i * c)
        addProduct(row, x, gradient.gain, c)
        axpy(1, row, gradient.bias, c)
        for j in 0..<c { row[j] *= block.gain[j] }
        standardiseBackward(row, x, factor: factors[i], c)
        axpy(1, row, map + i * c, c)
      }
    }
    guard shape.inputNorm else { return }
    for i in 0..<shape.tokens {
      addProduct(d + i * c, s.standardInput.pointer + i * c, g, c)
      axpy(1, d + i * c, g + c, c)
    }
  }

  /// `x̂ ⊙ g + b` of every position.
  private func norm(_ x: UnsafePointer<Float>, _ block: Block, into out: UnsafeMutablePointer<Float>) {
    let c = shape.channels
    for i in 0..<shape.positions {
      let (row, result) = (x + i * c, out + i * c)
      for j in 0..<c { result[j] = row[j] * block.gain[j] + block.bias[j] }
    }
  }

  /// Calls `body(tap, position, neighbour)` for every position and the neighbours that are within the map.
  @inline(__always)
  private func forEachTap(_ body: (Int, Int, Int) -> Void) {
    for y in 0..<shape.height {
      for x in 0..<shape.width {
        for v in max(0, y - 1)...min(shape.height - 1, y + 1) {
          for u in max(0, x - 1)...min(shape.width - 1, x + 1) {
            body(3 * (v - y + 1) + u - x + 1, y * shape.width + x, v * shape.width + u)
          }
        }
      }
    }
  }
}
