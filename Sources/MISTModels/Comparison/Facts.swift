import Foundation
import MISTFormats

/// Values as paths and texts, so that two descriptions of different models can be compared one by one.
package enum Facts {
  /// Every leaf of `value`'s JSON under its path, such as `epsilon.block`: `1e-06`. Lists of leaves are one value.
  package static func of(_ value: some Encodable, below prefix: String = "") throws -> [String: String] {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let json: Any
    do {
      json = try JSONSerialization.jsonObject(with: encoder.encode(value), options: .fragmentsAllowed)
    } catch {
      throw MISTError(.bug, "a description cannot be encoded as JSON (\(error))")
    }
    var facts: [String: String] = [:]
    add(json, prefix, to: &facts)
    return facts
  }

  private static func add(_ value: Any, _ path: String, to facts: inout [String: String]) {
    switch value {
    case let object as [String: Any]:
      for (key, value) in object { add(value, path.isEmpty ? key : path + "." + key, to: &facts) }
    case let list as [Any] where list.contains { $0 is [String: Any] || $0 is [Any] }:
      for (number, value) in list.enumerated() { add(value, "\(path)[\(number)]", to: &facts) }
    case let list as [Any]: facts[path] = "[" + list.map(text).joined(separator: ", ") + "]"
    default: facts[path] = text(value)
    }
  }

  private static func text(_ leaf: Any) -> String {
    guard let number = leaf as? NSNumber else { return "\(leaf)" }
    // A Boolean is a number to Foundation.
    if isBoolean(number) { return number.boolValue ? "true" : "false" }
    return number.stringValue
  }

  private static func isBoolean(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) == "c" && (number == 0 || number == 1)
  }
}
