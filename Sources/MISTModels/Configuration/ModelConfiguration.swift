import Foundation

/// The configuration of a model of any architecture that the suite runs.
///
/// Encodes as the architecture's own object with its tag under `architecture`. The two first architectures' have none, as in files
/// from before there was a third; those are told apart by a key.
package struct ModelConfiguration: Sendable {
  /// The architecture's own.
  package var details: any ArchitectureConfiguration

  package init(_ details: any ArchitectureConfiguration) { self.details = details }

  package var architecture: Architecture { type(of: details).architecture }

  /// Blocks N, over all stages.
  package var depth: Int { details.depth }

  /// The configuration without what stands behind the backbone: what features depend on.
  package var backbone: ModelConfiguration { ModelConfiguration(details.backbone) }

  /// The linear layer that scores classes of images, if there is one.
  package var classifier: ImageClassifier? { details.classifier }

  /// Classes of the decode head or the classifier, if there is either.
  package var classes: Int? { details.decodeHead?.classes ?? classifier?.classes }

  /// What is impossible about these values, or nil.
  package var flaw: String? { details.flaw }

  /// Every tensor that a checkpoint of this configuration holds, in canonical order, with its shape.
  package var tensors: [(name: String, shape: [Int])] { details.tensors }
}

extension ModelConfiguration: Hashable {
  package static func == (a: ModelConfiguration, b: ModelConfiguration) -> Bool {
    func equal<C: ArchitectureConfiguration>(_ x: C) -> Bool { b.details as? C == x }
    return equal(a.details)
  }

  package func hash(into hasher: inout Hasher) { details.hash(into: &hasher) }
}

extension ModelConfiguration: Codable {
  private enum Tag: String, CodingKey { case architecture }

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  package func encode(to encoder: any Encoder) throws {
    try details.encode(to: encoder)
    guard case .never = architecture.untagged else { return }
    var container = encoder.container(keyedBy: Tag.self)
    try container.encode(architecture.id, forKey: .architecture)
  }

  package init(from decoder: any Decoder) throws {
    let tag = try decoder.container(keyedBy: Tag.self)
      .decodeIfPresent(ArchitectureID.self, forKey: .architecture)
    let keys = try Set(decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue))
    guard let architecture = tag?.architecture ?? Architecture.untagged(keys) else {
      throw DecodingError.keyNotFound(
        Tag.architecture, .init(codingPath: decoder.codingPath, debugDescription: "no architecture"))
    }
    details = try architecture.configuration.init(from: decoder)
  }

}

extension ModelConfiguration: DecodableWithConfiguration {
  /// Decodes a configuration that is known to be of `architecture`; a tag must say the same.
  package init(from decoder: any Decoder, configuration architecture: Architecture) throws {
    let container = try decoder.container(keyedBy: Tag.self)
    if let tag = try container.decodeIfPresent(String.self, forKey: .architecture), tag != architecture.id {
      throw DecodingError.dataCorruptedError(
        forKey: .architecture, in: container, debugDescription: "expected \(architecture.id)")
    }
    details = try architecture.configuration.init(from: decoder)
  }
}

extension Architecture {
  /// Whose configuration one without a tag is, by its keys.
  fileprivate static func untagged(_ keys: Set<String>) -> Architecture? {
    all.first { if case .key(let key) = $0.untagged { keys.contains(key) } else { false } }
      ?? all.first { if case .otherwise = $0.untagged { true } else { false } }
  }
}

/// The id of an architecture of the registry.
struct ArchitectureID: Codable, Hashable {
  let id: String

  init(_ architecture: Architecture) { id = architecture.id }

  var architecture: Architecture? { Architecture.named(id) }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    id = try container.decode(String.self)
    if architecture == nil {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "no architecture is called \(id)")
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(id)
  }
}
