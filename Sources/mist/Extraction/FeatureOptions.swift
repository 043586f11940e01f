import ArgumentParser
import MISTInference

/// Which features of a model are asked for.
struct FeatureOptions: ParsableArguments {
  @Option(
    help:
      "Gather depths, such as 4,8,12, or none; by default a third, two thirds and all of the model's blocks.")
  var gather: GatherDepths?

  @Option(
    help:
      "What else: layer-tokens (class token and mean token of every block), blocks (what Partial-1 reads), ladder (what LST and LAST read), or all; for classification."
  )
  var store: StoredExtras?

  @Option(
    help: "Blocks whose layer tokens are kept, such as 3,6,9,12, 0 for what enters the first; by default all."
  )
  var layers: LayerDepths?

  func validate() throws {
    if gather?.depths.isEmpty == true, store == nil {
      throw ValidationError("Without gathers, name with --store what is wanted.")
    }
  }

  /// Puts them into a request.
  func fill(_ request: inout FeatureRequest) {
    request.gather = gather?.depths
    request.extras = store?.extras ?? []
    request.layers = layers?.depths
  }
}

/// Gather depths on the command line: `4,8,12`, or `none`.
struct GatherDepths: ExpressibleByArgument {
  let depths: [Int]

  init?(argument: String) {
    guard let depths = argument == "none" ? [] : DepthList.depths(argument, "gather", from: 1) else {
      return nil
    }
    self.depths = depths
  }
}

/// Blocks on the command line: `3,6,9,12`.
struct LayerDepths: ExpressibleByArgument {
  let depths: [Int]

  init?(argument: String) {
    guard let depths = DepthList.depths(argument, "layers", from: 0) else { return nil }
    self.depths = depths
  }
}

/// What `--store` names.
struct StoredExtras: ExpressibleByArgument {
  let extras: Set<FeatureExtra>

  init?(argument: String) {
    guard let list = try? ListArgument.values(argument, "store", FeatureExtra.init(rawValue:)),
      Set(list).count == list.count
    else { return nil }
    extras = Set(list)
  }

  static var allValueStrings: [String] { FeatureExtra.allCases.map(\.rawValue) }
}

private enum DepthList {
  /// Ascending; nil for what is no list of distinct depths from `least`.
  static func depths(_ text: String, _ option: String, from least: Int) -> [Int]? {
    guard let depths = try? ListArgument.values(text, option, { Int($0) }),
      depths.allSatisfy({ $0 >= least }), Set(depths).count == depths.count
    else { return nil }
    return depths.sorted()
  }
}
