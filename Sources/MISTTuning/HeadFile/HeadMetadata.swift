import Foundation
import MISTFeatures
import MISTFormats

/// The metadata of a head file: format, revision of the format, task, and the description as JSON.
extension HeadDescription {
  /// The tasks of heads by the versions in which the version was all that said it.
  private static let unnamedTasks: [String: FeatureTask] = ["1": .classification, "2": .segmentation]

  /// The metadata of a head file of the current version. Throws what encoding throws.
  func metadata() throws -> [String: String] {
    ["format": Head.formatName, "version": Head.currentVersion, "task": task.rawValue, "head": try json()]
  }

  private func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// Reads and checks the metadata of a head file. Throws the `head.` codes.
  init(metadata: [String: String]) throws {
    guard Head.isHead(metadata) else {
      throw MISTError(
        .headWrongFormat, at: "metadata", "this is not a head: format '\(Head.formatName)' is expected",
        advice: "name a file that mist train wrote")
    }
    let version = metadata["version"] ?? "none"
    let task = try Self.task(metadata, version: version)
    let text = metadata["head"] ?? ""
    do {
      try self.init(task, json: Data(text.utf8))
    } catch let error as DecodingError {
      throw MISTError(.headInvalidDescription, at: "metadata 'head'", Self.sentence(error))
    }
    try checkFields(of: text, version: version)
    try check()
  }

  private static func task(_ metadata: [String: String], version: String) throws -> FeatureTask {
    if let task = unnamedTasks[version] { return task }
    guard version == Head.currentVersion else {
      throw MISTError(
        .headUnsupportedVersion, at: "metadata",
        "versions 1 to \(Head.currentVersion) are read, found \(version.prefix(20))",
        advice: "use the mist that wrote it")
    }
    let name = metadata["task"] ?? "none"
    guard let task = FeatureTask(rawValue: name) else {
      let known = FeatureTask.allCases.map(\.rawValue).joined(separator: " or ")
      throw MISTError(
        .headUnknownTask, at: "metadata", "the task \(known) is expected, found \(name.prefix(40))",
        advice: "use the mist that wrote it")
    }
    return task
  }

  private init(_ task: FeatureTask, json: Data) throws {
    switch try TaskRegistry.task(task).readout {
    case .pooled:
      let fields = try JSONInput.decode(Fields<TokenNetwork>.self, from: json)
      self.init(task, fields.network.network, fields)
    case .dense:
      let fields = try JSONInput.decode(Fields<DenseNetwork>.self, from: json)
      guard fields.input != nil else {
        throw MISTError(
          .headInvalidDescription, at: "metadata 'head'", "the description has no 'input'")
      }
      self.init(task, .dense(fields.network), fields)
    }
  }

  private static func sentence(_ error: DecodingError) -> String {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context):
      let place = (context.codingPath.map(\.stringValue) + [key.stringValue]).joined(separator: ".")
      return "the description has no '\(place)'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "'\(path(context))' has the wrong type"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      return "'\(path(context))' has a value that is not allowed"
    default: return "the description is not a JSON object"
    }
  }

  /// Refuses fields that nothing here reads: they may make the head another function. What is for people alone may hold anything,
  /// and so may files of versions that promised to ignore fields, but for the network. Throws `head.unknown-field`.
  private func checkFields(of text: String, version: String) throws {
    // A field that was understood is there again when the description is encoded again.
    let (found, known) = (Self.object(text), Self.object(try json()))
    for (key, value) in found.sorted(by: { $0.key < $1.key }) where key != "training" {
      guard version == Head.currentVersion || key == "network" else { continue }
      guard let field = Self.unknownField(value, known[key], at: key) else { continue }
      throw MISTError(
        .headUnknownField, at: "metadata 'head'", "the field '\(field.prefix(120))' is not known",
        advice: "use the mist that wrote it")
    }
  }

  private static func object(_ text: String) -> [String: Any] {
    JSONInput.object(Data(text.utf8)) ?? [:]
  }

  /// The path of the first part of `found` that `known` does not have.
  private static func unknownField(_ found: Any, _ known: Any?, at path: String) -> String? {
    switch (found, known) {
    case (is NSNull, _): nil
    case (_, nil): path
    case (let found as [String: Any], let known as [String: Any]):
      found.sorted { $0.key < $1.key }.lazy.compactMap {
        unknownField($0.value, known[$0.key], at: "\(path).\($0.key)")
      }.first
    case (let found as [Any], let known as [Any]):
      zip(found, known).enumerated().lazy.compactMap {
        unknownField($0.element.0, $0.element.1, at: "\(path).\($0.offset)")
      }.first
    default: nil
    }
  }
}
