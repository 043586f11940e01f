import Foundation
import MISTKernels
import Testing

@Suite("Depthwise convolution with GELU")
struct DepthwiseTests {
  @Test(arguments: KernelTests.sets) func agreesWithDoublePrecision(_ isa: mist_isa) {
    var random = Noise(seed: 8)
    for (width, channels) in [(1, 1), (1, 9), (2, 16), (3, 7), (5, 33), (4, 300), (6, 512)] {
      let rows = (0..<3).map { _ in random.floats(width * channels) }
      let weights = random.floats(9 * channels)
      let bias = random.floats(channels)
      for (above, below) in [(true, true), (false, true), (true, false), (false, false)] {
        var out = [Float](repeating: -7, count: width * channels + 1)
        rows[0].withUnsafeBufferPointer { first in
          rows[2].withUnsafeBufferPointer { last in
            mist_depthwise_gelu_on(
              isa, above ? first.baseAddress : nil, rows[1], below ? last.baseAddress : nil, width, channels,
              weights, bias, &out)
          }
        }
        var worst = 0.0
        for x in 0..<width {
          for c in 0..<channels {
            var sum = Double(bias[c])
            for dy in 0..<3 where dy == 1 || (dy == 0 ? above : below) {
              for dx in 0..<3 where (0..<width).contains(x + dx - 1) {
                sum +=
                  Double(rows[dy][(x + dx - 1) * channels + c])
                  * Double(weights[(dy * 3 + dx) * channels + c])
              }
            }
            let expected = 0.5 * sum * (1 + erf(sum / 2.0.squareRoot()))
            worst = max(worst, abs(Double(out[x * channels + c]) - expected))
          }
        }
        #expect(worst < 4e-6, "\(width) × \(channels)")
        #expect(out[width * channels] == -7)
      }
    }
  }
}

@Suite("Product with packed weights")
struct PackedProductTests {
  /// Columns that end within a panel, depths that end within a block of four, rows apart, and a depth that is rounded up.
  @Test(arguments: [4, 16, 32, 64]) func panelsAgreeWithTheirTwin(_ width: Int) {
    var random = Noise(seed: 3)
    for columns in [1, 3, 4, 5, 31, 32, 33, 64, 70] {
      for (depth, steps) in [(1, 1), (3, 16), (4, 4), (18, 18), (18, 32)] {
        let w = random.floats(columns * (depth + 1))
        let count = (columns + width - 1) / width * width * steps
        var (packed, twin) = ([Float](repeating: .nan, count: count), [Float](repeating: .nan, count: count))
        mist_pack_panels(w, columns, depth, depth + 1, width, steps, &packed)
        mist_pack_panels_scalar(w, columns, depth, depth + 1, width, steps, &twin)
        #expect(packed == twin, "\(columns) × \(depth) in \(steps)")
      }
    }
  }

  static let shapes: [(rows: Int, columns: Int, depth: Int)] =
    (1...17).map { ($0, 33, 7) } + [1, 4, 15, 16, 17, 31, 32, 64].map { (13, $0, 7) }
    + [1, 2, 319, 320, 321, 700].map { (9, 18, $0) } + [(300, 40, 320)]

  @Test(arguments: KernelTests.sets, [false, true])
  func agreesWithDoublePrecision(_ isa: mist_isa, _ add: Bool) {
    var random = Noise(seed: 9)
    for (rows, columns, depth) in Self.shapes {
      let x = random.floats(rows * (depth + 2))
      let w = random.floats(columns * depth)
      let bias = random.floats(columns)
      let start = random.floats(rows * (columns + 1))
      var packed = [Float](repeating: .nan, count: mist_packed_count_on(isa, columns, depth))
      // By rows, and from its transpose.
      for transposed in [false, true] {
        mist_pack_on(isa, w, columns, depth, transposed ? 1 : depth, transposed ? columns : 1, &packed)
        for biased in [true, false] {
          var y = start
          bias.withUnsafeBufferPointer {
            mist_product_on(
              isa, x, depth + 2, rows, depth, packed, columns, biased ? $0.baseAddress : nil, add, &y,
              columns + 1)
          }
          var worst = 0.0
          for i in 0..<rows {
            for j in 0..<columns {
              var sum = (biased ? Double(bias[j]) : 0) + (add ? Double(start[i * (columns + 1) + j]) : 0)
              for p in 0..<depth {
                let weight = transposed ? w[p * columns + j] : w[j * depth + p]
                sum += Double(x[i * (depth + 2) + p]) * Double(weight)
              }
              worst = max(worst, abs(Double(y[i * (columns + 1) + j]) - sum))
            }
            if y[i * (columns + 1) + columns] != start[i * (columns + 1) + columns] { worst = .infinity }
          }
          #expect(worst < 5e-5, "\(rows) × \(columns) × \(depth): \(worst)")
        }
      }
    }
  }
}
