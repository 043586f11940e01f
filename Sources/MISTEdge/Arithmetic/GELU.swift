/// The normal distribution up to x, and its density there.
///
/// The tail is Abramowitz and Stegun's 26.2.17 (error 7.5e-8), which multiplies the density: small numbers keep their digits.
@inline(__always)
private func normalDistribution(_ x: Lanes) -> (cumulative: Lanes, density: Lanes) {
  let magnitude = x.replacing(with: -x, where: x .< 0)
  let t = 1 / (magnitude * 0.231_641_9 + 1)
  var tail = t * 1.330_274_429 - 1.821_255_978
  tail = tail * t + 1.781_477_937
  tail = tail * t - 0.356_563_782
  tail = tail * t + 0.319_381_530
  let density = exponential(x * x * -0.5) * 0.398_942_280
  tail = tail * t * density
  return ((1 - tail).replacing(with: tail, where: x .< 0), density)
}

/// `out ← x·Φ(x)`: GELU in its erf form. `out` may be `x`.
func gelu(_ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>, _ n: Int) {
  var i = 0
  while i &+ 8 <= n {
    let v = lanes(x, i)
    store(v * normalDistribution(v).cumulative, out, i)
    i &+= 8
  }
  while i < n {
    let v = Lanes(repeating: x[i])
    out[i] = (v * normalDistribution(v).cumulative)[0]
    i &+= 1
  }
}

/// `out ← d·(Φ(x) + x·φ(x))`: from dL/dy to dL/dx through `y = GELU(x)`.
func geluBackward(
  _ x: UnsafePointer<Float>, _ d: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>, _ n: Int
) {
  @inline(__always) func slope(_ v: Lanes) -> Lanes {
    let normal = normalDistribution(v)
    return normal.cumulative + v * normal.density
  }
  var i = 0
  while i &+ 8 <= n {
    store(lanes(d, i) * slope(lanes(x, i)), out, i)
    i &+= 8
  }
  while i < n {
    out[i] = d[i] * slope(Lanes(repeating: x[i]))[0]
    i &+= 1
  }
}
