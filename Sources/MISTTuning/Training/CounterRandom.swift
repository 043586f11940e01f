/// Random numbers that depend on nothing but their key and their place in the sequence (splitmix64): every sample of
/// every epoch has a generator of its own, so the numbers do not depend on which thread works on it, or when.
public struct CounterRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// What a sequence is for; sequences of different purposes never meet.
  public enum Purpose: UInt64, Sendable {
    case initialisation = 1
    case order = 2
    case sample = 3
    case holdout = 4
    case bootstrap = 5
  }

  public init(seed: UInt64, _ purpose: Purpose, _ a: Int = 0, _ b: Int = 0) {
    state = 0
    for part in [seed, purpose.rawValue, UInt64(bitPattern: Int64(a)), UInt64(bitPattern: Int64(b))] {
      state = Self.mix(state ^ part) &+ 0x9E37_79B9_7F4A_7C15
    }
  }

  private static func mix(_ x: UInt64) -> UInt64 {
    var z = x
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// Uniform in [0, 1), of 24 bits.
  public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Uniform in 0 ..< n (multiply and shift; the bias is below n/2⁶⁴).
  public mutating func below(_ n: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(n)).high) }

  /// A permutation of 0 ..< n.
  public mutating func permutation(_ n: Int) -> [Int] {
    var order = Array(0..<n)
    for i in stride(from: n - 1, to: 0, by: -1) { order.swapAt(i, below(i + 1)) }
    return order
  }
}
