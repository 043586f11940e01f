/// A network's parameters before training.
package enum Initialisation {
  /// Writes the parameters of `table` as it says, drawn in its order, but for those that are given otherwise: of these nothing is drawn.
  package static func fill(
    _ values: UnsafeMutablePointer<Float>, _ table: ParameterTable, seed: UInt64,
    except isGiven: (Parameter) -> Bool = { _ in false }
  ) {
    var random = CounterRandom(seed: seed, .initialisation)
    for parameter in table.parameters where !isGiven(parameter) {
      switch parameter.initialisation {
      case .zeros: for i in parameter.range { values[i] = 0 }
      case .ones: for i in parameter.range { values[i] = 1 }
      case .xavier:
        let bound = (6 / Float(parameter.rows + parameter.columns)).squareRoot()
        for i in parameter.range { values[i] = (2 * random.uniform() - 1) * bound }
      case .normal: for i in parameter.range { values[i] = normal(&random) }
      }
    }
  }

  /// Normal with deviation 0.02, after Box and Muller.
  private static func normal(_ random: inout CounterRandom) -> Float {
    let radius = (-2 * logarithm(1 - Double(random.uniform()))).squareRoot()
    return Float(0.02 * radius * cosine(ofTurns: Double(random.uniform())))
  }
}

/// Natural logarithm of a positive normal number, to about the last bit.
func logarithm(_ x: Double) -> Double {
  var exponent = Int(x.bitPattern >> 52) - 1023
  var mantissa = Double(bitPattern: x.bitPattern & 0xF_FFFF_FFFF_FFFF | 0x3FF0_0000_0000_0000)
  if mantissa > 1.414_213_562_373_095 {
    mantissa *= 0.5
    exponent += 1
  }
  // ln m = 2 artanh t, whose series in t² ends below the last bit: t is at most 0.172.
  let t = (mantissa - 1) / (mantissa + 1)
  let square = t * t
  var sum = 0.0
  for i in stride(from: 23, through: 3, by: -2) { sum = (sum + 1 / Double(i)) * square }
  return Double(exponent) * 0.693_147_180_559_945_3 + 2 * (t + t * sum)
}

/// Cosine of 2π·x for x in 0 ..< 1, to about the last bit.
func cosine(ofTurns x: Double) -> Double {
  // By what is exact: into 0 … ½, then ± 0 … ¼, then a series of at most a quarter of π.
  let half = x > 0.5 ? 1 - x : x
  let isNegative = half > 0.25
  let quarter = isNegative ? 0.5 - half : half
  let result = quarter > 0.125 ? series(0.25 - quarter, first: 1) : series(quarter, first: 0)
  return isNegative ? -result : result
}

/// Taylor's series of the cosine (`first` 0) or sine (1) of 2π·x, at most π/4.
private func series(_ x: Double, first: Int) -> Double {
  let angle = 6.283_185_307_179_586 * x
  let square = angle * angle
  var sum = 0.0
  for i in stride(from: 18 + first, through: 2 + first, by: -2) {
    sum = -(sum + 1) * square / Double(i * (i - 1))
  }
  return first == 0 ? 1 + sum : angle * (1 + sum)
}
