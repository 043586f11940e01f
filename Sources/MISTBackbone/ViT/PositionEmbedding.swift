import MISTModels

/// Resizing a position embedding to another patch grid, as the projects that trained with it do.
enum PositionEmbedding {
  /// `values` `[rows · columns, width]` on the grid `from`, resized to `[rows · columns, width]` on the grid `to`.
  static func resize(
    _ values: [Float], width: Int, from: (rows: Int, columns: Int), to: (rows: Int, columns: Int),
    method: ViTConfiguration.PositionResize
  ) -> [Float] {
    precondition(values.count == from.rows * from.columns * width)
    if from == to { return values }
    let vertical = taps(method, from: from.rows, to: to.rows)
    let horizontal = taps(method, from: from.columns, to: to.columns)

    // Columns first: [from.rows, to.columns, width].
    var wide = [Float](repeating: 0, count: from.rows * to.columns * width)
    for row in 0..<from.rows {
      for column in 0..<to.columns {
        for (source, weight) in horizontal[column] {
          let x = (row * from.columns + source) * width
          let y = (row * to.columns + column) * width
          for c in 0..<width { wide[y + c] += weight * values[x + c] }
        }
      }
    }
    var result = [Float](repeating: 0, count: to.rows * to.columns * width)
    let line = to.columns * width
    for row in 0..<to.rows {
      for (source, weight) in vertical[row] {
        for i in 0..<line { result[row * line + i] += weight * wide[source * line + i] }
      }
    }
    return result
  }

  /// For each output position the input positions it reads and their weights.
  private static func taps(
    _ method: ViTConfiguration.PositionResize, from: Int, to: Int
  ) -> [[(source: Int, weight: Float)]] {
    let scale = Double(from) / Double(to)
    return (0..<to).map { index in
      switch method {
      case .bicubic: plain(center: (Double(index) + 0.5) * scale - 0.5, count: from)
      case .bicubicAntialiased: antialiased(center: (Double(index) + 0.5) * scale, scale: scale, count: from)
      }
    }
  }

  /// Four taps, a = −0.75; positions past the border read the border.
  private static func plain(center: Double, count: Int) -> [(source: Int, weight: Float)] {
    let base = center.rounded(.down)
    return (-1...2).map { offset in
      let position = base + Double(offset)
      return (
        source: min(max(Int(position), 0), count - 1), weight: Float(cubic(center - position, a: -0.75))
      )
    }
  }

  /// a = −0.5; when the grid shrinks, the filter widens with it. Positions past the border are left out and the rest is
  /// normalised. `center` is in half-pixel coordinates.
  private static func antialiased(center: Double, scale: Double, count: Int) -> [(source: Int, weight: Float)]
  {
    let stretch = max(scale, 1)
    let support = 2 * stretch
    let first = max(Int(center - support + 0.5), 0)
    let end = min(Int(center + support + 0.5), count)
    let weights = (first..<end).map { cubic((Double($0) - center + 0.5) / stretch, a: -0.5) }
    let total = weights.reduce(0, +)
    return zip(first..<end, weights).map { (source: $0, weight: Float($1 / total)) }
  }

  /// Keys' cubic convolution kernel (IEEE Transactions on ASSP 29(6), 1981).
  private static func cubic(_ distance: Double, a: Double) -> Double {
    let x = abs(distance)
    if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
    return 0
  }
}
