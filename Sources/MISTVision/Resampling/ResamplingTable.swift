import MISTModels

/// For every output position along one axis, the input positions it reads and their integer weights: Pillow's
/// antialiased resampling of 8-bit images (`Image.resize`), whose arithmetic fixes the result to the bit. The filter is
/// widened by the scale when shrinking; weights are normalised in double precision and rounded to 22 fractional bits.
struct ResamplingTable: Sendable {
  /// Fractional bits of a weight: 32 minus 8 for the sample and 2 for the sum's overshoot.
  static let precisionBits: Int32 = 32 - 8 - 2

  /// First input position of each output position in the window.
  let starts: [Int]
  /// Number of inputs of each output position.
  let counts: [Int]
  /// `[window, stride]`, zero beyond `counts`.
  let weights: [Int32]
  let stride: Int

  /// The positions `window` of resampling `input` samples to `output`.
  init(input: Int, output: Int, window: Range<Int>, interpolation: Preprocessing.Interpolation) {
    let scale = Double(input) / Double(output)
    let filterScale = max(scale, 1)
    let support = Self.support(interpolation) * filterScale
    stride = Int(support.rounded(.up)) * 2 + 1
    var starts: [Int] = []
    var counts: [Int] = []
    var weights = [Int32](repeating: 0, count: window.count * stride)
    var exact = [Double](repeating: 0, count: stride)
    for (row, position) in window.enumerated() {
      let center = (Double(position) + 0.5) * scale
      let first = max(0, Int(center - support + 0.5))
      let count = min(input, Int(center + support + 0.5)) - first
      var sum = 0.0
      for i in 0..<count {
        exact[i] = Self.filter(interpolation, (Double(i + first) - center + 0.5) * (1 / filterScale))
        sum += exact[i]
      }
      for i in 0..<count {
        let weight = (sum != 0 ? exact[i] / sum : exact[i]) * Double(1 << Self.precisionBits)
        weights[row * stride + i] = Int32(weight < 0 ? weight - 0.5 : weight + 0.5)
      }
      starts.append(first)
      counts.append(count)
    }
    self.starts = starts
    self.counts = counts
    self.weights = weights
  }

  private static func support(_ interpolation: Preprocessing.Interpolation) -> Double {
    switch interpolation {
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  /// The triangle, or Keys' cubic with a = −0.5.
  private static func filter(_ interpolation: Preprocessing.Interpolation, _ x: Double) -> Double {
    let x = abs(x)
    switch interpolation {
    case .bilinear:
      return x < 1 ? 1 - x : 0
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    }
  }
}
