import ArgumentParser
import MISTModels

/// An input size on the command line: `364x476`, height first.
struct InputSize: ExpressibleByArgument, Hashable {
  let height: Int
  let width: Int

  init?(argument: String) {
    let parts = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let height = parts[0], let width = parts[1], (1...16_384).contains(height),
      (1...16_384).contains(width)
    else { return nil }
    (self.height, self.width) = (height, width)
  }

  init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

  var description: String { "\(height) × \(width)" }

  /// The largest size within this one that a model of `configuration` divides into whole patches, nil when there is none.
  func fitting(_ configuration: ModelConfiguration) -> InputSize? {
    guard let patch = configuration.vit?.patchSize else { return self }
    guard height >= patch, width >= patch else { return nil }
    return InputSize(height: height / patch * patch, width: width / patch * patch)
  }

  /// `preprocessing` with an exact resize to this size and no crop.
  func applied(to preprocessing: Preprocessing) -> Preprocessing {
    var changed = preprocessing
    changed.resize = .exact(height: height, width: width)
    changed.crop = nil
    return changed
  }
}
