import Foundation
import MISTKernels
import Testing

@Suite("Conversions to narrow elements")
struct NarrowConversionTests {
  @Test func bfloat16IsTheNearestAndEven() {
    let cases: [(UInt32, UInt16)] = [
      (0x3F80_0000, 0x3F80), (0x3F80_7FFF, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F80_8001, 0x3F81),
      (0x3F81_8000, 0x3F82), (0xBF80_8001, 0xBF81), (0x7F80_0000, 0x7F80), (0xFF80_0000, 0xFF80),
      (0x7FC0_0000, 0x7FC0), (0x8000_0000, 0x8000), (0x7F7F_FFFF, 0x7F80),
    ]
    for (bits, expected) in cases {
      for count in [1, 37] {
        let x = [Float](repeating: Float(bitPattern: bits), count: count)
        var (out, twin) = ([UInt16](repeating: 1, count: count), [UInt16](repeating: 2, count: count))
        mist_bf16_round(x, count, &out)
        mist_bf16_round_scalar(x, count, &twin)
        #expect(out.allSatisfy { $0 == expected } && twin == out)
      }
    }
  }

  /// A step is the range over 255, and no value is farther than half a step away; rows are padded with zeros.
  @Test func rowsOfIntegers() {
    var random = Noise(seed: 21)
    for width in [1, 2, 3, 15, 16, 17, 31, 33, 64, 197, 768] {
      let stride = width + 5
      let x = random.floats(3 * stride).map { $0 * 3 + 1 }
      let halves = x.map(NarrowProductTests.rounded)
      let rounded = halves.map { Float(NarrowProductTests.float($0)) }
      for (values, run, twin) in [
        (x, Kernel.floats(x, mist_int8_quantise), Kernel.floats(x, mist_int8_quantise_scalar)),
        (
          rounded, .halves(halves, mist_int8_quantise_bf16), .halves(halves, mist_int8_quantise_bf16_scalar)
        ),
      ] {
        let (out, steps) = run.result(width, stride)
        let (twinOut, twinSteps) = twin.result(width, stride)
        for row in 0..<3 {
          let row = (x: values[row * stride..<row * stride + width], step: steps[row], twin: twinSteps[row])
          let (low, high) = (row.x.min() ?? 0, row.x.max() ?? 0)
          #expect(row.step.lowest == low && abs(row.step.step - (high - low) / 255) < 1e-6)
          #expect(row.step.lowest == row.twin.lowest && row.step.step == row.twin.step)
        }
        for row in 0..<3 {
          for i in 0..<width {
            let q = Float(out[row * (width + 8) + i])
            let back = steps[row].lowest + steps[row].step * q
            #expect(abs(back - values[row * stride + i]) <= 0.5001 * steps[row].step + 1e-6)
            #expect(abs(q - Float(twinOut[row * (width + 8) + i])) <= 1)
          }
          let padding = out[row * (width + 8) + width..<row * (width + 8) + (width + 3) / 4 * 4]
          #expect(padding.allSatisfy { $0 == 0 })
        }
      }
    }
  }

  @Test func rowsWithoutRangeOrNotFinite() {
    var steps = [mist_int8_row](repeating: mist_int8_row(), count: 1)
    var out = [UInt8](repeating: 9, count: 20)
    mist_int8_quantise([Float](repeating: 2.5, count: 20), 1, 20, 20, &out, 20, &steps)
    #expect(steps[0].step == 0 && steps[0].lowest == 2.5 && out.allSatisfy { $0 == 0 })
    for bad in [Float.nan, .infinity, -.infinity] {
      for place in [0, 3, 19] {
        var x = [Float](repeating: 1, count: 20)
        x[place] = bad
        mist_int8_quantise(x, 1, 20, 20, &out, 20, &steps)
        #expect(steps[0].step.isNaN)
      }
    }
  }

  /// A row too narrow for a normal step counts none, and is its least value.
  @Test func rowsOfSubnormalSteps() {
    let x: [Float] = [0, .leastNonzeroMagnitude, 3e-38, 2e-38, 0]
    for quantise in [mist_int8_quantise, mist_int8_quantise_scalar] {
      var (steps, out) = ([mist_int8_row()], [UInt8](repeating: 9, count: 8))
      quantise(x, 1, 5, 5, &out, 8, &steps)
      #expect(out.allSatisfy { $0 == 0 } && steps[0].lowest == 0)
    }
  }

  /// Weights that are not finite make their column NaN, and none is converted to an integer.
  @Test(arguments: NarrowProductTests.int8Sets, [Float.nan, .infinity, -.infinity, .leastNonzeroMagnitude])
  func weightsWithoutSteps(_ set: mist_dots, _ bad: Float) {
    var weights = [Float](repeating: bad.isSubnormal ? 0 : 1, count: 2 * 9)
    weights[13] = bad
    var packed = [UInt8](repeating: 7, count: mist_packed_bytes_on(set, MIST_INT8, 2, 9))
    var (scales, sums) = ([Float](repeating: 7, count: 2), [Float](repeating: 7, count: 2))
    mist_int8_scales(weights, 2, 9, &scales)
    mist_int8_pack_on(set, weights, 2, 9, scales, &packed, &sums)
    #expect(scales[0].isFinite && sums[0].isFinite)
    let ones = [UInt8](repeating: 1, count: 12)
    var out: [Float] = [7, 7]
    mist_int8_product_on(
      set, ones, 12, [mist_int8_row(step: 1, lowest: 0)], 1, 9, packed, scales, sums, 2, nil, MIST_STORE,
      &out, 2)
    #expect(out[0].isFinite && out[1].isFinite == bad.isSubnormal)
  }

  private enum Kernel {
    typealias Run<T> = (
      UnsafePointer<T>?, Int, Int, Int, UnsafeMutablePointer<UInt8>?, Int,
      UnsafeMutablePointer<mist_int8_row>?
    ) -> Void
    case floats([Float], Run<Float>)
    case halves([UInt16], Run<UInt16>)

    func result(_ width: Int, _ stride: Int) -> ([UInt8], [mist_int8_row]) {
      var out = [UInt8](repeating: 0xFF, count: 3 * (width + 8))
      var steps = [mist_int8_row](repeating: mist_int8_row(), count: 3)
      switch self {
      case .floats(let x, let run): run(x, 3, width, stride, &out, width + 8, &steps)
      case .halves(let x, let run): run(x, 3, width, stride, &out, width + 8, &steps)
      }
      return (out, steps)
    }
  }
}

@Suite("Softmax in bfloat16")
struct NarrowSoftmaxTests {
  /// The exponentials over their sum are a softmax, and what it weighs is divided by the sum behind the product.
  @Test(arguments: NarrowProductTests.bf16Sets) func weighs(_ set: mist_dots) {
    var random = Noise(seed: 31)
    for (rows, keys, depth) in [(1, 1, 3), (5, 7, 16), (7, 197, 64), (13, 40, 5), (6, 33, 70)] {
      let (stride, ldx) = (keys + 2, (keys + 1) / 2 * 2)
      let scores = random.floats(rows * stride).map { $0 * 20 }
      let values = random.floats(depth * keys)
      var weights = [UInt16](repeating: 0, count: rows * ldx)
      var (twin, twinTotals) = (weights, [Float](repeating: 0, count: rows))
      var totals = [Float](repeating: 0, count: rows)
      mist_exponentials_bf16(scores, rows, keys, stride, 0.5, &weights, ldx, &totals)
      mist_exponentials_bf16_scalar(scores, rows, keys, stride, 0.5, &twin, ldx, &twinTotals)
      #expect(zip(weights, twin).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
      #expect(zip(totals, twinTotals).allSatisfy { abs($0 - $1) <= 1e-5 * $1 })
      var packed = [UInt8](repeating: 0xFF, count: mist_packed_bytes_on(set, MIST_BF16, depth, keys))
      mist_bf16_pack_on(set, values, depth, keys, &packed)
      var out = [UInt16](repeating: 7, count: rows * (depth + 1))
      mist_bf16_weighted_on(set, weights, ldx, totals, rows, keys, packed, depth, &out, depth + 1)
      for row in 0..<rows {
        let line = scores[row * stride..<row * stride + keys].map { Double($0) * 0.5 }
        let top = line.max() ?? 0
        let total = line.map { exp($0 - top) }.reduce(0, +)
        for column in 0..<depth {
          let expected = (0..<keys).reduce(0.0) {
            $0 + exp(line[$1] - top) / total * Double(values[column * keys + $1])
          }
          let found = NarrowProductTests.float(out[row * (depth + 1) + column])
          #expect(abs(found - expected) < 1e-2)
        }
        #expect(out[row * (depth + 1) + depth] == 7)
      }
    }
  }

  @Test func aNaNMakesItsRowNaN() {
    for place in [0, 15, 16, 36] {
      var scores = [Float](repeating: 1, count: 74)
      scores[place] = .nan
      var (weights, totals) = ([UInt16](repeating: 0, count: 76), [Float](repeating: 0, count: 2))
      mist_exponentials_bf16(scores, 2, 37, 37, 1, &weights, 38, &totals)
      #expect(totals[0].isNaN && !totals[1].isNaN)
    }
  }
}
