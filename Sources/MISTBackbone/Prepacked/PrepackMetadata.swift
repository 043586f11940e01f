import Foundation
import MISTFormats
import MISTModels

/// What a file of packed weights says of itself (`Formats/prepacked-weights.md`).
struct PrepackMetadata {
  static let format = "prepacked-weights"
  static let version = "1"

  struct Product: Codable, Hashable {
    let name: String
    let columns: Int
    let depth: Int
    let layout: String
  }

  let precision: Precision
  /// Of the model whose weights these are.
  let model: String
  /// Of the tensors.
  let content: String
  let products: [Product]

  /// Of the products, each once.
  var layouts: [String] { Set(products.map(\.layout)).sorted() }

  var encoded: [String: String] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return [
        "mist.format": Self.format, "mist.version": Self.version, "mist.precision": precision.rawValue,
        "mist.model": model, "mist.content": content,
        "mist.products": String(decoding: try encoder.encode(products), as: UTF8.self),
      ]
    }
  }

  init(precision: Precision, model: String, content: String, products: [Product]) {
    (self.precision, self.model, self.content, self.products) = (precision, model, content, products)
  }

  /// Throws `prepack.not-prepacked`, `prepack.unsupported-version` and `prepack.bad-metadata`.
  init(_ metadata: [String: String]) throws {
    guard metadata["mist.format"] == Self.format else {
      throw MISTError(.prepackNotPrepacked, at: "metadata", "this is no file of packed weights")
    }
    guard metadata["mist.version"] == Self.version else {
      throw MISTError(
        .prepackUnsupportedVersion, at: "mist.version",
        "expected version \(Self.version), found \(quoted(metadata["mist.version"] ?? ""))",
        advice: Self.again)
    }
    func text(_ key: String, _ isValid: (String) -> Bool) throws -> String {
      guard let value = metadata[key], isValid(value) else {
        throw Self.bad(key, "is missing or no such value")
      }
      return value
    }
    guard let precision = Precision(rawValue: try text("mist.precision") { _ in true }) else {
      throw Self.bad("mist.precision", "is no precision")
    }
    self.precision = precision
    model = try text("mist.model", ContentHash.isHash)
    content = try text("mist.content", ContentHash.isHash)
    do {
      products = try JSONInput.decode(
        [Product].self, from: Data(text("mist.products") { _ in true }.utf8))
    } catch is DecodingError {
      throw Self.bad("mist.products", "is no list of products")
    }
    guard !products.isEmpty, products.count <= PrepackLimits.products else {
      throw Self.bad("mist.products", "has \(products.count) products, not 1 to \(PrepackLimits.products)")
    }
    guard Set(products.map(\.name)).count == products.count else {
      throw Self.bad("mist.products", "names a product twice")
    }
  }

  static let again = "pack them again with mist convert --prepack, or delete the file"

  static func bad(_ key: String, _ problem: String) -> MISTError {
    MISTError(.prepackBadMetadata, at: key, "it \(problem)", advice: again)
  }
}
