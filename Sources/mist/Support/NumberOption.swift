import ArgumentParser
import MISTFeatures
import MISTTuning

/// The numbers that options take. Those of a head and its training are `TrainingLimits`, which the bundle's limits are part of.
enum NumberOption {
  static let threads = 1...1024
  /// Images of a shard: what the numbers in shards' names and indices have room for.
  static let shardSize = 1...1 << 24
  static let top = 1...1 << 20

  /// Throws for a value outside `range`, naming the option.
  static func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError("--\(name) must be within \(range.lowerBound)…\(range.upperBound).")
  }
}
