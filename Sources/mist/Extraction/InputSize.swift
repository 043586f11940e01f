import ArgumentParser
import MISTEdge
import MISTModels

/// On the command line: `364x476`, height first.
extension MapSize: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }

  /// For people.
  var text: String { "\(height) × \(width)" }

  /// The largest size within this one that a model divides into whole patches of `multiple` pixels, nil when there is none.
  func fitting(multiple: Int) -> MapSize? {
    guard height >= multiple, width >= multiple else { return nil }
    return MapSize(height: height / multiple * multiple, width: width / multiple * multiple)
  }

  /// `preprocessing` with an exact resize to this size and no crop.
  func applied(to preprocessing: Preprocessing) -> Preprocessing {
    var changed = preprocessing
    changed.resize = .exact(height: height, width: width)
    changed.crop = nil
    return changed
  }
}
