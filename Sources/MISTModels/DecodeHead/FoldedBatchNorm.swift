/// What a decode head's batch norm does to each channel, `gain · x + shift`, in double precision; or what the convolution before
/// it has to add where an exporter folded it.
struct FoldedBatchNorm {
  let gain: [Double]
  let shift: [Double]

  /// `read` gives the values of a canonical tensor of a shape.
  init(
    _ name: String, after convolution: String, of head: AllMLPDecodeHead,
    read: (_ name: String, _ shape: [Int]) throws -> [Float]
  ) throws {
    let d = head.width
    guard head.batchNorm else {
      gain = [Double](repeating: 1, count: d)
      shift = try read(convolution + ".bias", [d]).map(Double.init)
      return
    }
    func part(_ part: String) throws -> [Double] { try read("\(name).\(part)", [d]).map(Double.init) }
    let (weight, bias, mean, variance) =
      (try part("weight"), try part("bias"), try part("mean"), try part("variance"))
    let gain = (0..<d).map {
      weight[$0] / (variance[$0] + Double(head.batchNormEpsilon)).squareRoot()
    }
    self.gain = gain
    shift = (0..<d).map { bias[$0] - mean[$0] * gain[$0] }
  }

  /// `matrix`, of as many rows as there are channels, followed by the norm.
  func scaling(_ matrix: [Float]) -> [Float] {
    let columns = matrix.count / max(1, gain.count)
    return matrix.indices.map { Float(gain[$0 / max(1, columns)] * Double(matrix[$0])) }
  }
}
