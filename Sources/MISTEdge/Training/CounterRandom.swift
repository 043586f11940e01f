/// Random numbers that depend on nothing but their key and their place in the sequence (splitmix64): every sample of
/// every epoch has a generator of its own, so the numbers do not depend on which thread works on it, or when.
package struct CounterRandom: RandomNumberGenerator, Sendable {
  private var generator: SplitMix64

  /// What a sequence is for; sequences of different purposes never meet.
  package enum Purpose: UInt64, Sendable {
    case initialisation = 1
    case order = 2
    case sample = 3
    case holdout = 4
    case bootstrap = 5
  }

  package init(seed: UInt64, _ purpose: Purpose, _ a: Int = 0, _ b: Int = 0) {
    var state: UInt64 = 0
    for part in [seed, purpose.rawValue, UInt64(bitPattern: Int64(a)), UInt64(bitPattern: Int64(b))] {
      state = SplitMix64.mix(state ^ part) &+ SplitMix64.step
    }
    generator = SplitMix64(state)
  }

  package mutating func next() -> UInt64 { generator.next() }

  /// Uniform in [0, 1), of 24 bits.
  package mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Uniform in 0 ..< n (multiply and shift; the bias is below n/2⁶⁴).
  package mutating func below(_ n: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(n)).high) }

  /// A permutation of 0 ..< n.
  package mutating func permutation(_ n: Int) -> [Int] {
    var order = Array(0..<n)
    for i in stride(from: n - 1, to: 0, by: -1) { order.swapAt(i, below(i + 1)) }
    return order
  }
}
