import MISTEdge

/// How the learning rate falls over a run's steps.
package enum Schedule: Hashable, Sendable {
  /// Along half a cosine.
  case cosine
  /// As a power of what is left, after `warmup` steps of linear rise.
  case poly(power: Float, warmup: Int)

  /// The rate of `step` of `steps` (from 0), `peak` at the most.
  func rate(_ peak: Float, step: Int, of steps: Int) -> Float {
    switch self {
    case .cosine: CosineSchedule(rate: peak, steps: steps)[step]
    case .poly(let power, let warmup):
      PolySchedule(rate: peak, steps: steps, power: power, warmup: warmup)[step]
    }
  }
}

/// Among the fields of a recipe: a polynomial is its `power` and `warmup`, a cosine has neither.
extension Schedule: Encodable {
  private enum CodingKeys: CodingKey { case power, warmup }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    guard case .poly(let power, let warmup) = self else { return }
    try container.encode(power, forKey: .power)
    try container.encode(warmup, forKey: .warmup)
  }
}
