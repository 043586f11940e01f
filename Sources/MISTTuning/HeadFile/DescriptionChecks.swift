import MISTFormats
import MISTModels

/// The rules about values that heads of every task share. All throw the `head.` codes.
enum DescriptionChecks {
  static func within(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
    guard range.contains(value) else {
      throw MISTError(
        .headInvalidShape, at: "network.\(name)",
        "\(range.lowerBound)…\(range.upperBound) is expected, found \(value)")
    }
  }

  static func epsilon(_ epsilon: Float) throws {
    guard epsilon.isFinite, epsilon > 0 else {
      throw MISTError(
        .headInvalidShape, at: "network.epsilon", "a positive number is expected, found \(epsilon)")
    }
  }

  static func classes(_ classes: [String], most: Int) throws {
    guard !classes.isEmpty, classes.count <= most, !classes.contains(""), Set(classes).count == classes.count
    else {
      throw MISTError(
        .headInvalidClasses, at: "classes",
        "distinct, non-empty class names are expected, at most \(most), found \(classes.count)")
    }
  }

  static func gather(_ feature: FeatureChoice) throws {
    if case .gather(let k) = feature, !(1...HeadLimits.gather).contains(k) {
      throw MISTError(
        .headInvalidFeature, at: "feature",
        "a gather depth within 1…\(HeadLimits.gather) is expected, found \(k)")
    }
  }

  static func modelHash(_ hash: String) throws {
    let digits = Set("0123456789abcdef".utf8)
    guard hash.utf8.count == 64, hash.utf8.allSatisfy(digits.contains) else {
      throw MISTError(
        .headInvalidModelHash, at: "model.hash",
        "64 lower-case hexadecimal digits are expected, found '\(hash.prefix(70))'")
    }
  }

  static func preprocessing(_ preprocessing: Preprocessing) throws {
    func fail(_ problem: String) -> MISTError {
      MISTError(.headInvalidPreprocessing, at: "preprocessing", problem)
    }
    var sizes = preprocessing.crop ?? []
    switch preprocessing.resize {
    case .exact(let height, let width): sizes += [height, width]
    case .shortestEdge(let edge): sizes.append(edge)
    }
    guard sizes.allSatisfy({ (1...HeadLimits.preprocessingSide).contains($0) }),
      preprocessing.crop.map({ $0.count == 2 }) ?? true
    else {
      throw fail(
        "sizes within 1…\(HeadLimits.preprocessingSide) are expected, and two of them for a crop, found \(sizes)"
      )
    }
    guard preprocessing.mean.count == 3, preprocessing.std.count == 3,
      preprocessing.mean.allSatisfy(\.isFinite), preprocessing.std.allSatisfy({ $0.isFinite && $0 > 0 })
    else { throw fail("three finite means and three positive deviations are expected") }
  }
}
