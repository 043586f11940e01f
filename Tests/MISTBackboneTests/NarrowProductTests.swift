import Foundation
import MISTKernels
import Testing

/// Products of bfloat16 and of integers on every instruction set that runs here.
@Suite("Narrow products")
struct NarrowProductTests {
  static let sets = [
    MIST_DOTS_SCALAR, MIST_DOTS_WIDE, MIST_DOTS_NEON, MIST_DOTS_AVX2, MIST_DOTS_AVX512, MIST_DOTS_MATRIX,
    MIST_DOTS_AMX,
  ]
  static let bf16Sets = sets.filter { mist_dots_supported($0, MIST_BF16) }
  static let int8Sets = sets.filter { mist_dots_supported($0, MIST_INT8) }
  static let finishes = [MIST_STORE, MIST_ADD, MIST_STORE_BF16, MIST_GELU_BF16]

  /// Around every tile height, panel width and group, and real shapes.
  static let shapes: [(rows: Int, columns: Int, depth: Int)] =
    (1...13).map { ($0, 33, 7) } + [1, 15, 16, 17, 31, 48, 63, 64, 65, 80, 130].map { (7, $0, 12) }
    + [1, 2, 3, 4, 5, 64, 301].map { (5, 18, $0) } + [(50, 64, 64), (11, 197, 64)]

  @Test func bestSetsAreSupportedAndNamed() {
    #expect(mist_dots_supported(mist_dots_best(MIST_BF16), MIST_BF16))
    #expect(mist_dots_supported(mist_dots_best(MIST_INT8), MIST_INT8))
    #expect(Set(Self.sets.map { String(cString: mist_dots_name($0, MIST_INT8)) }).count == Self.sets.count)
  }

  @Test(arguments: bf16Sets, finishes) func bfloat16(_ set: mist_dots, _ finish: mist_finish) {
    var random = Noise(seed: 11)
    for (rows, columns, depth) in Self.shapes {
      let (ldx, ldy) = ((depth + 1) / 2 * 2 + 2, columns + 3)
      let weights = random.floats(columns * depth)
      let bias = random.floats(columns)
      let x = random.floats(rows * depth)
      var halves = [UInt16](repeating: 0, count: rows * ldx)
      for row in 0..<rows {
        for i in 0..<depth { halves[row * ldx + i] = Self.rounded(x[row * depth + i]) }
      }
      var packed = [UInt8](repeating: 0xFF, count: mist_packed_bytes_on(set, MIST_BF16, columns, depth))
      mist_bf16_pack_on(set, weights, columns, depth, &packed)
      let out = Outcome(rows, columns, ldy, finish) {
        mist_bf16_product_on(set, halves, ldx, rows, depth, packed, columns, bias, finish, $0, ldy)
      }
      out.check {
        (0..<depth).reduce(Double(bias[$1])) { [row = $0, column = $1] in
          $0 + Self.float(halves[row * ldx + $1])
            * Self.float(Self.rounded(weights[column * depth + $1]))
        }
      }
    }
  }

  @Test(arguments: int8Sets, finishes) func integers(_ set: mist_dots, _ finish: mist_finish) {
    var random = Noise(seed: 12)
    for (rows, columns, depth) in Self.shapes {
      let (ldx, ldy) = ((depth + 3) / 4 * 4 + 4, columns + 3)
      let weights = random.floats(columns * depth)
      let bias = random.floats(columns)
      let x = random.floats(rows * depth)
      var integers = [UInt8](repeating: 0, count: rows * ldx)
      var steps = [mist_int8_row](repeating: mist_int8_row(), count: rows)
      mist_int8_quantise(x, rows, depth, depth, &integers, ldx, &steps)
      var packed = [UInt8](repeating: 0xFF, count: mist_packed_bytes_on(set, MIST_INT8, columns, depth))
      var (scales, sums) = ([Float](repeating: 0, count: columns), [Float](repeating: 0, count: columns))
      mist_int8_scales(weights, columns, depth, &scales)
      mist_int8_pack_on(set, weights, columns, depth, scales, &packed, &sums)
      let out = Outcome(rows, columns, ldy, finish) {
        mist_int8_product_on(
          set, integers, ldx, steps, rows, depth, packed, scales, sums, columns, bias, finish, $0, ldy)
      }
      out.check { row, column in
        let scale = weights[column * depth..<(column + 1) * depth].map { abs($0) }.max().map { $0 / 127 } ?? 0
        #expect(abs(scales[column] - scale) <= 1e-6 * scale)
        return (0..<depth).reduce(Double(bias[column])) {
          let q = Double((weights[column * depth + $1] / scale).rounded(.toNearestOrAwayFromZero))
          let a = Double(steps[row].lowest) + Double(steps[row].step) * Double(integers[row * ldx + $1])
          return $0 + a * q * Double(scale)
        }
      }
    }
  }

  /// Keys lie along the depth, values across it.
  @Test(arguments: bf16Sets) func repacking(_ set: mist_dots) {
    var random = Noise(seed: 13)
    for (columns, depth) in [(1, 1), (5, 2), (17, 3), (64, 8), (70, 9), (197, 64), (64, 197)] {
      let weights = random.floats(columns * depth)
      let count = mist_packed_bytes_on(set, MIST_BF16, columns, depth)
      var expected = [UInt8](repeating: 0xFF, count: count)
      mist_bf16_pack_on(set, weights, columns, depth, &expected)
      let (apart, step) = (depth + 1, columns + 2)
      var along = [UInt16](repeating: 0x7FC0, count: columns * apart)
      var across = [UInt16](repeating: 0x7FC0, count: depth * step)
      for column in 0..<columns {
        for d in 0..<depth {
          along[column * apart + d] = Self.rounded(weights[column * depth + d])
          across[d * step + column] = Self.rounded(weights[column * depth + d])
        }
      }
      var packed = [UInt8](repeating: 0xFF, count: count)
      mist_bf16_repack_on(set, along, columns, depth, apart, 1, &packed)
      #expect(packed == expected)
      packed = [UInt8](repeating: 0xFF, count: count)
      mist_bf16_repack_on(set, across, columns, depth, 1, step, &packed)
      #expect(packed == expected)
    }
  }

  static func rounded(_ x: Float) -> UInt16 {
    var out: UInt16 = 0
    mist_bf16_round_scalar([x], 1, &out)
    return out
  }

  static func float(_ x: UInt16) -> Double { Double(Float(bitPattern: UInt32(x) << 16)) }

  /// What a product wrote, beside what it should be.
  private struct Outcome {
    let rows: Int
    let columns: Int
    let stride: Int
    let finish: mist_finish
    private var floats: [Float]
    private var halves: [UInt16]

    init(
      _ rows: Int, _ columns: Int, _ stride: Int, _ finish: mist_finish,
      _ run: (UnsafeMutableRawPointer) -> Void
    ) {
      (self.rows, self.columns, self.stride, self.finish) = (rows, columns, stride, finish)
      floats = [Float](repeating: 0.5, count: rows * stride)
      halves = [UInt16](repeating: 7, count: rows * stride)
      if finish == MIST_STORE || finish == MIST_ADD {
        floats.withUnsafeMutableBytes { $0.baseAddress.map(run) }
      } else {
        halves.withUnsafeMutableBytes { $0.baseAddress.map(run) }
      }
    }

    func check(_ product: (_ row: Int, _ column: Int) -> Double) {
      for row in 0..<rows {
        for column in 0..<columns {
          let exact = product(row, column)
          let at = row * stride + column
          switch finish {
          case MIST_STORE: #expect(abs(Double(floats[at]) - exact) < 2e-5 * (1 + abs(exact)))
          case MIST_ADD: #expect(abs(Double(floats[at]) - exact - 0.5) < 2e-5 * (1 + abs(exact)))
          case MIST_STORE_BF16:
            #expect(abs(NarrowProductTests.float(halves[at]) - exact) < 4e-5 + abs(exact) / 256)
          default:
            let gelu = 0.5 * exact * (1 + erf(exact / 2.0.squareRoot()))
            let bound = 6e-5 + 2e-5 * abs(exact) + abs(gelu) / 256
            #expect(abs(NarrowProductTests.float(halves[at]) - gelu) < bound)
          }
        }
        // What lies between the rows stays.
        let between = row * stride + columns..<(row + 1) * stride
        #expect(floats[between].allSatisfy { $0 == 0.5 } && halves[between].allSatisfy { $0 == 7 })
      }
    }
  }
}
