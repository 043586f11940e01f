extension TextOutput {
  /// Decimal digits.
  package func number(_ value: UInt64) {
    if value >= 10 { number(value / 10) }
    byte(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
  }

  /// Decimal digits, behind a minus where it is negative.
  package func number(_ value: Int) {
    if value < 0 { byte(UInt8(ascii: "-")) }
    number(UInt64(value.magnitude))
  }

  /// Decimal notation with `decimals` digits behind the point; for magnitudes below 2⁶³ / 10^decimals.
  package func fixed(_ value: Double, decimals: Int) {
    var unit: UInt64 = 1
    for _ in 0..<decimals { unit *= 10 }
    let scaled = value.magnitude * Double(unit)
    guard scaled < 9e18 else { return text(value.isNaN ? "nan" : "inf") }
    if value < 0 { byte(UInt8(ascii: "-")) }
    let rounded = UInt64(scaled + 0.5)
    number(rounded / unit)
    guard decimals > 0 else { return }
    byte(UInt8(ascii: "."))
    var rest = rounded % unit
    while unit > 1 {
      unit /= 10
      byte(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / unit))
      rest %= unit
    }
  }

  /// Scientific notation with `digits` digits behind the point, as `1.25e-6`.
  package func scientific(_ value: Float, digits: Int) {
    guard value.isFinite else { return text(value.isNaN ? "nan" : "inf") }
    var mantissa = Double(value)
    var exponent = 0
    while mantissa.magnitude >= 10 {
      mantissa /= 10
      exponent += 1
    }
    while mantissa != 0, mantissa.magnitude < 1 {
      mantissa *= 10
      exponent -= 1
    }
    // 9.996 printed with two digits is 1.00 of the next power.
    var half = 0.5
    for _ in 0..<digits { half /= 10 }
    if mantissa.magnitude + half >= 10 {
      mantissa /= 10
      exponent += 1
    }
    fixed(mantissa, decimals: digits)
    byte(UInt8(ascii: "e"))
    number(exponent)
  }

  /// Two hexadecimal digits per byte.
  package func hexadecimal(_ bytes: UnsafeRawBufferPointer) {
    for b in bytes {
      for digit in [b >> 4, b & 15] {
        byte(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
  }

  /// Eight hexadecimal digits.
  package func hexadecimal(_ value: UInt32) {
    withUnsafeBytes(of: value.bigEndian) { hexadecimal($0) }
  }
}
