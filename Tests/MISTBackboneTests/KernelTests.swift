import Foundation
import MISTKernels
import Testing

/// Every instruction set that runs here, against the plain twin and against double precision.
@Suite("Vector kernels")
struct KernelTests {
  static let sets = [MIST_ISA_SCALAR, MIST_ISA_NEON, MIST_ISA_AVX2, MIST_ISA_AVX512].filter(
    mist_isa_supported)
  /// Every tail of the widest vector, whole vectors, and a real width.
  static let widths = Array(1...70) + [96, 127, 384, 768]

  @Test func bestSetIsSupportedAndNamed() {
    #expect(mist_isa_supported(mist_isa_best()))
    #expect(Self.sets.contains(MIST_ISA_SCALAR))
    #expect(Set(Self.sets.map { String(cString: mist_isa_name($0)) }).count == Self.sets.count)
  }

  @Test(arguments: sets) func layerNorm(_ isa: mist_isa) {
    var random = Noise(seed: 1)
    for width in Self.widths {
      // A mean far from zero shows a variance computed by subtracting squares.
      let x = random.floats(3 * width).map { $0 + 50 }
      let gain = random.floats(width)
      let bias = random.floats(width)
      var out = [Float](repeating: -7, count: 3 * width + 1)
      mist_layer_norm_on(isa, x, 3, width, gain, bias, 1e-5, &out)
      var twin = out
      mist_layer_norm_scalar(x, 3, width, gain, bias, 1e-5, &twin)
      for row in 0..<3 {
        let values = x[row * width..<(row + 1) * width].map(Double.init)
        let mean = values.reduce(0, +) / Double(width)
        let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(width)
        for i in 0..<width {
          let expected =
            (values[i] - mean) / (variance + 1e-5).squareRoot() * Double(gain[i]) + Double(bias[i])
          #expect(abs(Double(out[row * width + i]) - expected) < 1e-4)
          #expect(abs(out[row * width + i] - twin[row * width + i]) < 1e-4)
        }
      }
      #expect(out[3 * width] == -7)
    }
  }

  @Test(arguments: sets) func layerNormInPlace(_ isa: mist_isa) {
    var random = Noise(seed: 2)
    let x = random.floats(2 * 53)
    let ones = [Float](repeating: 1, count: 53)
    var apart = x
    mist_layer_norm_on(isa, x, 2, 53, ones, ones, 1e-6, &apart)
    var same = x
    same.withUnsafeMutableBufferPointer {
      mist_layer_norm_on(isa, $0.baseAddress, 2, 53, ones, ones, 1e-6, $0.baseAddress)
    }
    #expect(same == apart)
  }

  @Test(arguments: sets) func halves(_ isa: mist_isa) {
    // Every half, at an odd address.
    var bytes: [UInt8] = [0]
    for bits in 0...UInt16.max { bytes += [UInt8(bits & 0xff), UInt8(bits >> 8)] }
    var out = [Float](repeating: 7, count: 65537)
    let allFinite = bytes.withUnsafeBytes { mist_halves_on(isa, $0.baseAddress! + 1, 65536, &out) }
    #expect(!allFinite)
    #expect(out[65536] == 7)
    for bits in 0...UInt16.max where bits & 0x7fff <= 0x7c00 {
      let (exponent, fraction) = (Int(bits >> 10 & 31), Double(bits & 1023))
      let magnitude =
        exponent == 31
        ? .infinity
        : exponent == 0 ? fraction * 0x1p-24 : (1 + fraction / 1024) * pow(2, Double(exponent - 15))
      let expected = bits < 0x8000 ? magnitude : -magnitude
      #expect(Double(out[Int(bits)]) == expected)
      #expect(out[Int(bits)].sign == expected.sign)
    }
    #expect(out[0x7c01..<0x8000].allSatisfy { $0.isNaN })
    // What is not finite is found at every place of every tail.
    for count in 0...70 {
      var few = [UInt16](repeating: 0x3c00, count: count)
      #expect(mist_halves_on(isa, few, count, &out))
      for place in 0..<count {
        few[place] = place % 2 == 0 ? 0xfc00 : 0x7e00
        #expect(!mist_halves_on(isa, few, count, &out))
        few[place] = 0x7bff
      }
    }
  }

  @Test(arguments: sets) func adam(_ isa: mist_isa) {
    var random = Noise(seed: 8)
    var factors = mist_adam_factors(
      beta1: 0.9, new1: 0.1, beta2: 0.999, new2: 0.001, keep: 0.95, step: 0.02, correction: 3, epsilon: 1e-8)
    for count in Self.widths {
      let (p, m, g) = (random.floats(count), random.floats(count), random.floats(count))
      let v = random.floats(count).enumerated().map { $0 % 5 == 0 ? 0 : abs($1) }
      var (p1, m1, v1) = (p, m, v)
      mist_adam_on(isa, &p1, &m1, &v1, g, count, &factors)
      for i in 0..<count {
        let d = Double(g[i])
        let (mean, square) = (0.9 * Double(m[i]) + 0.1 * d, 0.999 * Double(v[i]) + 0.001 * d * d)
        let step = 0.02 * mean / (square.squareRoot() * 3 + 1e-8)
        #expect(abs(Double(m1[i]) - mean) < 1e-6 && abs(Double(v1[i]) - square) < 1e-6)
        #expect(abs(Double(p1[i]) - (0.95 * Double(p[i]) - step)) < 2e-6 * (1 + abs(step)))
      }
      // A value is the same wherever it stands.
      let cut = count / 3
      var (p2, m2, v2) = (Array(p[cut...]), Array(m[cut...]), Array(v[cut...]))
      mist_adam_on(isa, &p2, &m2, &v2, Array(g[cut...]), count - cut, &factors)
      #expect(p2 == Array(p1[cut...]) && m2 == Array(m1[cut...]) && v2 == Array(v1[cut...]))
    }
  }

  @Test(arguments: sets) func add(_ isa: mist_isa) {
    var random = Noise(seed: 3)
    for count in Self.widths {
      let x = random.floats(count)
      let start = random.floats(count + 1)
      var sum = start
      mist_add_on(isa, &sum, x, count)
      #expect(sum == zip(start, x + [0]).map(+))
    }
  }

  @Test(arguments: sets) func softmax(_ isa: mist_isa) {
    var random = Noise(seed: 4)
    for width in Self.widths {
      for scale: Float in [0.125, 30, -2] {
        let stride = width + 3
        let x = random.floats(2 * stride)
        var out = x
        mist_softmax_on(isa, &out, 2, width, stride, scale)
        for row in 0..<2 {
          let scaled = (0..<width).map { Double(scale * x[row * stride + $0]) }
          let top = scaled.max() ?? 0
          let total = scaled.map { exp($0 - top) }.reduce(0, +)
          for i in 0..<width {
            let expected = exp(scaled[i] - top) / total
            // The argument of the exponential is a rounded difference of at most some hundreds.
            #expect(abs(Double(out[row * stride + i]) - expected) <= 2e-5 * expected + 1e-36)
          }
          #expect(
            out[row * stride + width..<(row + 1) * stride] == x[row * stride + width..<(row + 1) * stride])
        }
      }
    }
  }

  /// Against a zero, the softmax's numerator is the exponential itself.
  @Test(arguments: sets) func exponentialIsAccurate(_ isa: mist_isa) {
    for step in 0..<4000 {
      let x = -Float(step) * 0.02
      var row = [Float](repeating: x, count: 17)
      row[0] = 0
      mist_softmax_on(isa, &row, 1, 17, 17, 1)
      #expect(abs(Double(row[16] / row[0]) / exp(Double(x)) - 1) < 4e-7)
    }
  }

  @Test(arguments: sets) func softmaxPassesNaNOn(_ isa: mist_isa) {
    for position in [0, 15, 16, 36] {
      var row = [Float](repeating: 1, count: 37)
      row[position] = .nan
      mist_softmax_on(isa, &row, 1, 37, 37, 1)
      #expect(row.contains { $0.isNaN })
    }
  }

  @Test(arguments: sets) func biasGELU(_ isa: mist_isa) {
    for width in Self.widths {
      let x = (0..<2 * width).map { Float($0) * 12 / Float(2 * width) - 6 }
      let bias = (0..<width).map { Float($0 % 5) * 0.1 }
      var out = x
      mist_bias_gelu_on(isa, &out, 2, width, bias)
      for i in out.indices {
        let value = Double(x[i] + bias[i % width])
        let expected = 0.5 * value * (1 + erf(value / 2.0.squareRoot()))
        #expect(abs(Double(out[i]) - expected) < 2e-6)
      }
    }
    var extremes: [Float] = [-1000, 1000, 0, -0.0]
    mist_bias_gelu_on(isa, &extremes, 1, 4, [0, 0, 0, 0])
    #expect(extremes == [0, 1000, 0, 0])
  }

  @Test(arguments: sets) func swiglu(_ isa: mist_isa) {
    var random = Noise(seed: 5)
    for width in Self.widths {
      let x = random.floats(4 * width).map { $0 * 4 }
      var out = [Float](repeating: -7, count: 2 * width + 1)
      mist_swiglu_on(isa, x, 2, width, &out)
      for row in 0..<2 {
        for i in 0..<width {
          let gate = Double(x[row * 2 * width + i])
          let expected = gate / (1 + exp(-gate)) * Double(x[row * 2 * width + width + i])
          #expect(abs(Double(out[row * width + i]) - expected) < 1e-5)
        }
      }
      #expect(out[2 * width] == -7)
    }
    var extremes: [Float] = [0, 0]
    mist_swiglu_on(isa, [-1000, 1000, 1, 1], 1, 2, &extremes)
    #expect(abs(extremes[0]) < 1e-30 && extremes[1] == 1000)
  }
}

/// Repeatable values in −1…1.
struct Noise {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next() -> Float {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
  }

  mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
}
