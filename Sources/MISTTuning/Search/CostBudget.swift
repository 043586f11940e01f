import MISTFormats

/// The most that a head may cost a device, per image. What is nil is not limited.
package struct CostBudget: Hashable, Sendable {
  /// Bytes of features.
  package var transfer: Int?
  package var parameters: Int?
  package var multiplyAdds: Int?
  /// Bytes of working memory of a prediction.
  package var arena: Int?

  package init(transfer: Int? = nil, parameters: Int? = nil, multiplyAdds: Int? = nil, arena: Int? = nil) {
    self.transfer = transfer
    self.parameters = parameters
    self.multiplyAdds = multiplyAdds
    self.arena = arena
  }

  /// As options say it: `transfer=40KB,parameters=100k,macs=1M,arena=2MB`; nil for anything else, and for a limit that is named twice.
  /// Bytes are counted in 1024s, the others in 1000s.
  package init?(option text: String) {
    self.init()
    for limit in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = limit.split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count == 2, let path = Self.limits[String(parts[0])], self[keyPath: path.key] == nil,
        let value = Self.value(String(parts[1]), isBytes: path.isBytes)
      else { return nil }
      self[keyPath: path.key] = value
    }
  }

  /// Whether nothing of `cost` is more.
  package func allows(_ cost: NetworkCost) -> Bool {
    cost.transfer <= transfer ?? .max && cost.parameters <= parameters ?? .max
      && cost.multiplyAdds.total <= multiplyAdds ?? .max && cost.prediction ?? .max <= arena ?? .max
  }

  private typealias Limit = (key: WritableKeyPath<CostBudget, Int?>, isBytes: Bool)

  private static var limits: [String: Limit] {
    [
      "transfer": (\.transfer, true), "parameters": (\.parameters, false), "macs": (\.multiplyAdds, false),
      "arena": (\.arena, true),
    ]
  }

  /// The number that `text` is, with a unit or without.
  private static func value(_ text: String, isBytes: Bool) -> Int? {
    let digits = text.prefix { $0.isNumber || $0 == "." }
    guard let number = Double(digits), number.isFinite, number > 0 else { return nil }
    var unit = text.dropFirst(digits.count).uppercased()
    if isBytes {
      if unit.hasSuffix("IB") { unit.removeLast(2) } else if unit.hasSuffix("B") { unit.removeLast() }
    }
    guard let power = ["", "K", "M", "G"].firstIndex(of: unit) else { return nil }
    var value = number
    for _ in 0..<power { value *= isBytes ? 1024 : 1000 }
    return Int(exactly: value.rounded(.down))
  }
}

extension ErrorCode {
  /// No head is within the costs that were asked for.
  package static let trainingOverBudget = ErrorCode("training.over-budget", exit: .usage)
}
