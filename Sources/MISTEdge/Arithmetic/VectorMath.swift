// Rows of floats, four to eight lanes at a time. Written over `SIMD8` with separate multiplication and addition: a fused
// multiply-add is a library call per lane on targets whose baseline lacks the instruction.

typealias Lanes = SIMD8<Float>

@inline(__always)
func lanes(_ p: UnsafePointer<Float>, _ i: Int) -> Lanes {
  UnsafeRawPointer(p + i).loadUnaligned(as: Lanes.self)
}

@inline(__always)
func store(_ v: Lanes, _ p: UnsafeMutablePointer<Float>, _ i: Int) {
  UnsafeMutableRawPointer(p + i).storeBytes(of: v, as: Lanes.self)
}

@inline(__always)
func horizontalSum(_ v: Lanes) -> Float {
  let h = v.lowHalf + v.highHalf
  let q = h.lowHalf + h.highHalf
  return q[0] + q[1]
}

/// `Σ xᵢ`.
func sum(_ x: UnsafePointer<Float>, _ n: Int) -> Float {
  var s = Lanes(repeating: 0)
  var i = 0
  while i &+ 8 <= n {
    s += lanes(x, i)
    i &+= 8
  }
  var r = horizontalSum(s)
  while i < n {
    r += x[i]
    i &+= 1
  }
  return r
}

/// `Σ xᵢ yᵢ`.
func dot(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ n: Int) -> Float {
  var s = Lanes(repeating: 0)
  var i = 0
  while i &+ 8 <= n {
    s += lanes(x, i) * lanes(y, i)
    i &+= 8
  }
  var r = horizontalSum(s)
  while i < n {
    r += x[i] * y[i]
    i &+= 1
  }
  return r
}

/// `y ← y + a·x`.
func axpy(_ a: Float, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ n: Int) {
  var i = 0
  while i &+ 8 <= n {
    store(lanes(y, i) + lanes(x, i) * a, y, i)
    i &+= 8
  }
  while i < n {
    y[i] += a * x[i]
    i &+= 1
  }
}

/// `out ← (1 − t)·x + t·y`.
func lerp(
  _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ t: Float, into out: UnsafeMutablePointer<Float>,
  _ n: Int
) {
  for i in 0..<n { out[i] = x[i] * (1 - t) + y[i] * t }
}

/// `out ← out + (1 − t)·x + t·y`.
func addLerp(
  _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ t: Float, to out: UnsafeMutablePointer<Float>,
  _ n: Int
) {
  var i = 0
  while i &+ 8 <= n {
    store(lanes(out, i) + (lanes(x, i) * (1 - t) + lanes(y, i) * t), out, i)
    i &+= 8
  }
  while i < n {
    out[i] += x[i] * (1 - t) + y[i] * t
    i &+= 1
  }
}

/// `y ← y + x·z`, element by element.
func addProduct(
  _ x: UnsafePointer<Float>, _ z: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ n: Int
) {
  var i = 0
  while i &+ 8 <= n {
    store(lanes(y, i) + lanes(x, i) * lanes(z, i), y, i)
    i &+= 8
  }
  while i < n {
    y[i] += x[i] * z[i]
    i &+= 1
  }
}

/// `x ← x − mean(x)`; returns the sum of squares of the result.
@discardableResult
func centre(_ x: UnsafeMutablePointer<Float>, _ n: Int) -> Float {
  let mean = sum(x, n) / Float(n)
  var s = Lanes(repeating: 0)
  var i = 0
  while i &+ 8 <= n {
    let v = lanes(x, i) - mean
    store(v, x, i)
    s += v * v
    i &+= 8
  }
  var r = horizontalSum(s)
  while i < n {
    x[i] -= mean
    r += x[i] * x[i]
    i &+= 1
  }
  return r
}

/// `Σ (xᵢ − mean(x))²`.
func centredSquare(_ x: UnsafePointer<Float>, _ n: Int) -> Float {
  let mean = sum(x, n) / Float(n)
  var s = Lanes(repeating: 0)
  var i = 0
  while i &+ 8 <= n {
    let v = lanes(x, i) - mean
    s += v * v
    i &+= 8
  }
  var r = horizontalSum(s)
  while i < n {
    r += (x[i] - mean) * (x[i] - mean)
    i &+= 1
  }
  return r
}

/// `x ← a·x + b`, element by element.
func scaleAdd(_ x: UnsafeMutablePointer<Float>, by a: Float, _ b: UnsafePointer<Float>, _ n: Int) {
  for i in 0..<n { x[i] = x[i] * a + b[i] }
}

/// `x ← a·x`.
func scale(_ x: UnsafeMutablePointer<Float>, by a: Float, _ n: Int) {
  for i in 0..<n { x[i] *= a }
}

/// The eight exponentials of `x`, for x ≤ 88; below −87 the result is that of −87.
///
/// x = n·ln 2 + f with |f| ≤ ln 2 / 2. Adding 1.5·2²³ rounds n to an integer in the low bits of the sum, from where a
/// shift makes it an exponent. The polynomial is Taylor's to degree 7 (truncation 5e-9).
@inline(__always)
func exponential(_ x: Lanes) -> Lanes {
  let x = x.replacing(with: -87, where: x .< -87)
  let shifted = x * 1.442_695_04 + 12_582_912
  let n = shifted - 12_582_912
  let f = (x - n * 0.693_359_375) + n * 2.121_944_4e-4
  var p = f * (1.0 / 5040) + (1.0 / 720)
  p = p * f + (1.0 / 120)
  p = p * f + (1.0 / 24)
  p = p * f + (1.0 / 6)
  p = p * f + 0.5
  p = p * f + 1
  p = p * f + 1
  let exponent = (unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &<< 23) &+ 0x3F80_0000
  return p * unsafeBitCast(exponent, to: Lanes.self)
}

/// eˣ for x ≤ 88.
func exponential(_ x: Float) -> Float { exponential(Lanes(repeating: x))[0] }

/// The natural logarithm of a normal, positive number.
///
/// x = m·2ᵉ with m in [√½, √2); ln m = 2 artanh((m − 1)/(m + 1)), whose series converges fast there.
func logarithm(_ x: Float) -> Float {
  var e = Int32(x.bitPattern >> 23) - 127
  var m = Float(bitPattern: (x.bitPattern & 0x7F_FFFF) | 0x3F80_0000)
  if m > 1.414_213_56 {
    m *= 0.5
    e += 1
  }
  let t = (m - 1) / (m + 1)
  let s = t * t
  let p = 1 + s * (1.0 / 3 + s * (1.0 / 5 + s * (1.0 / 7 + s * (1.0 / 9 + s * (1.0 / 11)))))
  return 2 * t * p + Float(e) * 0.693_147_18
}

/// `x ← softmax(x)` over one row of `n`.
func softmax(_ x: UnsafeMutablePointer<Float>, _ n: Int) {
  var top = Lanes(repeating: -.greatestFiniteMagnitude)
  var i = 0
  while i &+ 8 <= n {
    let v = lanes(x, i)
    top.replace(with: v, where: v .> top)
    i &+= 8
  }
  var largest = top.max()
  while i < n {
    if x[i] > largest { largest = x[i] }
    i &+= 1
  }
  let sum = exponentials(x, minus: largest, into: x, n)
  scale(x, by: 1 / sum, n)
}

/// `out ← exp(x − top)`; returns the sum. `out` may be `x`.
func exponentials(
  _ x: UnsafePointer<Float>, minus top: Float, into out: UnsafeMutablePointer<Float>, _ n: Int
) -> Float {
  var total = Lanes(repeating: 0)
  var i = 0
  while i &+ 8 <= n {
    let e = exponential(lanes(x, i) - top)
    store(e, out, i)
    total += e
    i &+= 8
  }
  var sum = horizontalSum(total)
  while i < n {
    out[i] = exponential(x[i] - top)
    sum += out[i]
    i &+= 1
  }
  return sum
}
