import MISTModels

/// How far features are from the same ones in f32, over all outputs and images.
struct FeatureDifference {
  /// Cosines between rows.
  private var cosines: [Double] = []
  /// Of each output, the sums of squares of the differences and of the f32 values.
  private var squares: [(difference: Double, expected: Double)]

  init(outputs: Int) { squares = Array(repeating: (0, 0), count: outputs) }

  /// Adds one image's output number `output`, rows of `channels` values, or one row.
  mutating func add(
    _ output: Int, channels: Int?, _ found: UnsafeBufferPointer<Float>, _ expected: [Float]
  ) {
    let channels = channels ?? expected.count
    for start in stride(from: 0, to: expected.count, by: max(1, channels)) {
      var (product, own, other, difference) = (0.0, 0.0, 0.0, 0.0)
      for place in start..<min(start + channels, expected.count) {
        let (x, y) = (Double(found[place]), Double(expected[place]))
        product += x * y
        own += x * x
        other += y * y
        difference += (x - y) * (x - y)
      }
      squares[output].difference += difference
      squares[output].expected += other
      // A row of zeros has no direction: equal to another one, and to nothing else.
      let lengths = (own * other).squareRoot()
      cosines.append(difference == 0 ? 1 : lengths > 0 ? product / lengths : 0)
    }
  }

  /// Nil where there is nothing, or something is no finite number.
  var error: PrecisionError? {
    let sorted = cosines.sorted()
    let relative = squares.map { $0.difference == 0 ? 0 : ($0.difference / $0.expected).squareRoot() }
    guard let worst = sorted.first, cosines.allSatisfy(\.isFinite), relative.allSatisfy(\.isFinite) else {
      return nil
    }
    return PrecisionError(
      worstCosine: worst, medianCosine: sorted[sorted.count / 2], relativeError: relative.max() ?? 0)
  }
}
