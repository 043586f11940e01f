import Foundation
import MISTEdge
import MISTFormats

extension HeadDescription {
  /// The metadata of a head file.
  func metadata() throws -> [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = String(decoding: try encoder.encode(self), as: UTF8.self)
    return ["format": Head.formatName, "version": Head.currentVersion, "head": json]
  }

  /// Reads and checks the metadata of a head file. Throws the `head.` codes.
  init(metadata: [String: String]) throws {
    guard Head.isHead(metadata) else {
      throw MISTError(
        .headWrongFormat, at: "metadata", "this is not a head: format '\(Head.formatName)' is expected",
        advice: "name a file that mist train wrote")
    }
    let version = metadata["version"] ?? "none"
    guard version == Head.currentVersion else {
      throw MISTError(
        .headUnsupportedVersion, at: "metadata",
        "version \(Head.currentVersion) is read, found \(version.prefix(20))",
        advice: "use the mist that wrote it")
    }
    do {
      self = try JSONDecoder().decode(HeadDescription.self, from: Data((metadata["head"] ?? "").utf8))
    } catch {
      throw MISTError(.headInvalidDescription, at: "metadata 'head'", Self.sentence(error))
    }
    try check()
  }

  private static func sentence(_ error: any Error) -> String {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      let place = (context.codingPath.map(\.stringValue) + [key.stringValue]).joined(separator: ".")
      return "the description has no '\(place)'"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      return "'\(path(context))' has the wrong type"
    case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
      return "'\(path(context))' has a value that is not allowed"
    case is DecodingError: return "the description is not a JSON object"
    default: return "the description is refused: \(error)"
    }
  }

  /// Checks every rule about values. Throws the `head.` codes.
  func check() throws {
    try checkNetwork()
    guard !classes.isEmpty, classes.count <= 1 << 20, !classes.contains(""),
      Set(classes).count == classes.count
    else {
      throw MISTError(.headInvalidClasses, at: "classes", "distinct, non-empty class names are expected")
    }
    switch feature {
    case .gather(let k) where !(1...1024).contains(k):
      throw MISTError(
        .headInvalidFeature, at: "feature", "a gather depth within 1…1024 is expected, found \(k)")
    case .final where network.tokens != 1 || network.depth != 0:
      throw MISTError(
        .headInvalidFeature, at: "feature",
        "the final class token is one token without blocks, found \(network.tokens) tokens and \(network.depth) blocks"
      )
    default: break
    }
    let digits = Set("0123456789abcdef".utf8)
    guard model.hash.utf8.count == 64, model.hash.utf8.allSatisfy(digits.contains) else {
      throw MISTError(
        .headInvalidModelHash, at: "model.hash",
        "64 lower-case hexadecimal digits are expected, found '\(model.hash.prefix(70))'")
    }
    try checkPreprocessing()
  }

  private func checkNetwork() throws {
    func within(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
      guard range.contains(value) else {
        throw MISTError(
          .headInvalidShape, at: "network.\(name)",
          "\(range.lowerBound)…\(range.upperBound) is expected, found \(value)")
      }
    }
    try within("tokens", network.tokens, 1...1 << 20)
    try within("channels", network.channels, 1...1 << 16)
    try within("depth", network.depth, 0...64)
    try within("rank", network.rank, 1...1 << 12)
    guard network.epsilon.isFinite, network.epsilon > 0 else {
      throw MISTError(
        .headInvalidShape, at: "network.epsilon", "a positive number is expected, found \(network.epsilon)")
    }
  }

  private func checkPreprocessing() throws {
    func fail(_ problem: String) -> MISTError {
      MISTError(.headInvalidPreprocessing, at: "preprocessing", problem)
    }
    var sizes = preprocessing.crop ?? []
    switch preprocessing.resize {
    case .exact(let height, let width): sizes += [height, width]
    case .shortestEdge(let edge): sizes.append(edge)
    }
    guard sizes.allSatisfy({ (1...1 << 16).contains($0) }), preprocessing.crop.map({ $0.count == 2 }) ?? true
    else {
      throw fail("sizes within 1…65536 are expected, and two of them for a crop, found \(sizes)")
    }
    guard preprocessing.mean.count == 3, preprocessing.std.count == 3,
      preprocessing.mean.allSatisfy(\.isFinite), preprocessing.std.allSatisfy({ $0.isFinite && $0 > 0 })
    else { throw fail("three finite means and three positive deviations are expected") }
  }
}
