import ArgumentParser
import MISTFeatures
import MISTFormats
import MISTTuning

/// What `--method` names; which of them a task knows is seen once the features are open.
enum TrainingMethod: String, ExpressibleByArgument, CaseIterable { case auto, linear, mlp, lae }

extension SearchSpace.Style: ExpressibleByArgument {}
extension MapRecipe.Kind: ExpressibleByArgument {}
extension MapRecipe.Attention: ExpressibleByArgument {}

/// Options of `mist train` that only classification knows.
struct ClassificationOptions: ParsableArguments {
  @Option(help: "Pooling: cls or mean. Default: cls.")
  var pool: String?

  @Option(help: "Label smoothing, 0 to 1.")
  var labelSmoothing: Float?

  @Option(help: "Fraction of the tokens that a training step sees, 0 to 1.")
  var tokens: Float?

  func validate() throws {
    if let pool, !["cls", "mean"].contains(pool) { throw ValidationError("--pool is cls or mean.") }
    if let labelSmoothing, !(0..<1).contains(labelSmoothing) {
      throw ValidationError("--label-smoothing must be at least 0 and below 1.")
    }
    if let tokens, !(tokens > 0 && tokens <= 1) {
      throw ValidationError("--tokens must be above 0 and at most 1.")
    }
  }

  /// Names of those that were given.
  var given: [String] {
    [("--pool", pool != nil), ("--label-smoothing", labelSmoothing != nil), ("--tokens", tokens != nil)]
      .filter(\.1).map(\.0)
  }
}

/// Options of `mist train` that only segmentation knows.
struct SegmentationOptions: ParsableArguments {
  @Option(help: "Kind of head: linear or mlp. Default: both are tried.")
  var head: MapRecipe.Kind?

  @Option(
    help: "Low-rank attention in front of it: on the final level, on all, or none. Default: all are tried.")
  var lae: MapRecipe.Attention?

  @Option(help: "Channels of the mlp head. Default: 256.")
  var hidden: Int?

  @Option(help: "Power of the polynomial schedule. Default: 1.")
  var power: Float?

  @Option(help: "Steps of linear warm-up. Default: 0.")
  var warmup: Int?

  func validate() throws {
    if let hidden, !(1...1 << 16).contains(hidden) {
      throw ValidationError("--hidden must be within 1…65536.")
    }
    if let power, !(power >= 0 && power.isFinite) { throw ValidationError("--power must not be negative.") }
    if let warmup, warmup < 0 { throw ValidationError("--warmup must not be negative.") }
  }

  /// Names of those that were given.
  var given: [String] {
    [
      ("--head", head != nil), ("--lae", lae != nil), ("--hidden", hidden != nil), ("--power", power != nil),
      ("--warmup", warmup != nil),
    ].filter(\.1).map(\.0)
  }
}

/// Refuses options that would silently mean nothing.
enum OptionRefusal {
  /// Throws `usage` when options of the other task were given.
  static func other(_ given: [String], task: FeatureTask) throws {
    guard let name = given.first else { return }
    let other: FeatureTask = task == .classification ? .segmentation : .classification
    throw MISTError(
      .usage, "\(name) is an option of \(other.rawValue), and these features are for \(task.rawValue)",
      advice: "leave it out")
  }

  /// Throws `usage` unless `condition` holds for an option that was given.
  static func require(_ condition: Bool, _ name: String, given: Bool, _ problem: String) throws {
    guard given, !condition else { return }
    throw MISTError(.usage, "\(name) \(problem)", advice: "leave it out")
  }
}
