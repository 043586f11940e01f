import Foundation
import MISTFormats

/// A JSON object from another project's file, read leniently by path: absent and null are the same.
struct ForeignJSON {
  /// The largest file that is read, in bytes: room for the names of 65,536 classes twice. Its objects in memory are thirty times that.
  static let maximumSize = 1 << 23

  /// File name, for messages.
  let file: String
  private let root: [String: Any]

  /// Reads the file at `path`. Throws `convert.bad-configuration-file` when it is not a JSON object of sensible size.
  init(path: String) throws {
    let file = try MappedFile(path: path)
    guard file.bytes.count <= Self.maximumSize else {
      throw MISTError(
        .convertBadConfigurationFile, file: path,
        "it has \(file.bytes.count) bytes, too many for a configuration")
    }
    // The mapping must outlive the copy.
    let data = withExtendedLifetime(file) { Data(file.bytes) }
    try self.init(data, file: path)
  }

  init(_ data: Data, file: String) throws {
    guard let root = JSONInput.object(data) else {
      throw MISTError(
        .convertBadConfigurationFile, file: file, "it is not a JSON object",
        advice: "repair it, or move it elsewhere")
    }
    self.file = file
    self.root = root
  }

  private init(file: String, root: [String: Any]) {
    self.file = file
    self.root = root
  }

  func object(_ key: String) -> ForeignJSON? {
    (root[key] as? [String: Any]).map { ForeignJSON(file: file, root: $0) }
  }

  func has(_ key: String) -> Bool { root[key] != nil && !(root[key] is NSNull) }

  /// A whole number that fits a size.
  func int(_ key: String) -> Int? { Self.int(root[key]) }

  func double(_ key: String) -> Double? { (root[key] as? NSNumber)?.doubleValue }

  func bool(_ key: String) -> Bool? { (root[key] as? NSNumber)?.boolValue }

  func string(_ key: String) -> String? { root[key] as? String }

  /// Numbers of a list.
  func doubles(_ key: String) -> [Double]? {
    (root[key] as? [Any]).flatMap { list in
      let numbers = list.compactMap { ($0 as? NSNumber)?.doubleValue }
      return numbers.count == list.count ? numbers : nil
    }
  }

  /// A list of strings alone.
  func strings(_ key: String) -> [String]? {
    (root[key] as? [Any]).flatMap { list in
      let texts = list.compactMap { $0 as? String }
      return texts.count == list.count ? texts : nil
    }
  }

  func floats(_ key: String) -> [Float]? { doubles(key)?.map { Float($0) } }

  /// Whole numbers of a list.
  func ints(_ key: String) -> [Int]? {
    (root[key] as? [Any]).flatMap { list in
      let numbers = list.compactMap(Self.int)
      return numbers.count == list.count ? numbers : nil
    }
  }

  var keys: [String] { root.keys.sorted() }

  /// Whether a list or an object has nothing in it.
  func isEmpty(_ key: String) -> Bool {
    (root[key] as? [Any])?.isEmpty ?? (root[key] as? [String: Any])?.isEmpty ?? false
  }

  /// The value as JSON, for messages: at most 80 characters.
  func text(_ key: String) -> String {
    guard let value = root[key] else { return "null" }
    if let text = value as? String { return quoted(text) }
    let list = try? JSONSerialization.data(
      withJSONObject: [value], options: [.sortedKeys, .withoutEscapingSlashes])
    let text = list.map { String(decoding: $0.dropFirst().dropLast(), as: UTF8.self) } ?? "\(value)"
    return text.count > 80 ? text.prefix(77) + "..." : text
  }

  /// A number as people write it: whole ones without a point.
  static func text(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e9 ? String(Int(number)) : String(number)
  }

  /// Height and width from `n`, `[h, w]`, or `{"height": h, "width": w}`.
  func size(_ key: String) -> [Int]? {
    if let n = int(key) { return [n, n] }
    if let list = root[key] as? [Any] {
      let sizes = list.compactMap(Self.int)
      return sizes.count == list.count && sizes.count == 2 ? sizes : nil
    }
    if let h = object(key)?.int("height"), let w = object(key)?.int("width") { return [h, w] }
    return nil
  }

  private static func int(_ value: Any?) -> Int? {
    guard let number = (value as? NSNumber)?.doubleValue, number == number.rounded(),
      (0...1e9).contains(number)
    else {
      return nil
    }
    return Int(number)
  }
}

extension ForeignJSON {
  /// What timm says of the pixels: `pretrained_cfg`, or in files of its first versions the whole; nil where there is neither.
  var timmPixels: ForeignJSON? {
    let pixels = object("pretrained_cfg") ?? self
    return pixels.has("input_size") ? pixels : nil
  }

  /// timm's `global_pool`: how the classifier's input is made of the tokens; nil where it does not say.
  var timmPooling: String? { object("model_args")?.string("global_pool") ?? string("global_pool") }
}
