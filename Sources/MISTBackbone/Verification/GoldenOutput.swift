import MISTModels

/// An output of a forward pass that golden files name.
public protocol GoldenOutput: Hashable, Sendable {
  associatedtype Configuration
  /// The output that a golden's tensor `name` holds, or nil.
  init?(golden name: String)
  /// Names that a golden may have, for messages.
  static var examples: String { get }
  /// Where the forward pass of a model reaches it: what comes later depends on what comes before.
  func order(in configuration: Configuration) -> [Int]
  /// The part of the model that it is the first to show.
  var place: String { get }
}

extension ViTOutput: GoldenOutput {
  public init?(golden name: String) {
    if name == "final_norm" {
      self = .finalNorm
    } else if name == "logits" {
      self = .logits
    } else if let i = GoldenName.number(name, after: "F") {
      self = .block(i)
    } else if let k = GoldenName.number(name, after: "gather_k") {
      self = .gather(k)
    } else {
      return nil
    }
  }

  public static var examples: String { "F0, F1, … , gather_k4, final_norm or logits" }

  public func order(in configuration: ViTConfiguration) -> [Int] {
    switch self {
    case .block(let i): [i, 0]
    case .gather(let k): [k, 1]
    case .finalNorm, .finalClassToken: [.max, 0]
    case .logits: [.max, 1]
    }
  }

  public var place: String {
    switch self {
    case .block(0): "the embedding"
    case .block(let i): "block \(i)"
    case .gather(let k): "the sum F0 … F\(k)"
    case .finalNorm, .finalClassToken: "the final norm"
    case .logits: "the classifier"
    }
  }
}

extension SegFormerOutput: GoldenOutput {
  public init?(golden name: String) {
    if name == "logits" {
      self = .logits
    } else if let k = GoldenName.number(name, after: "F") {
      self = .block(k)
    } else if let s = GoldenName.number(name, after: "stage") {
      self = .stage(s)
    } else if let split = name.firstIndex(of: "_"),
      let level = GoldenName.number(String(name[..<split]), after: "A"),
      let k = GoldenName.number(String(name[split...]), after: "_k")
    {
      self = .gather(k: k, level: level)
    } else {
      return nil
    }
  }

  public static var examples: String { "F0, F1, … , stage1, A1_k14 or logits" }

  public func order(in configuration: SegFormerConfiguration) -> [Int] {
    switch self {
    case .block(let k): [k, 0]
    case .stage(let s): [configuration.depth(through: s), 1]
    case .gather(let k, let level): [min(k, configuration.depth(through: level)), 2, level, k]
    case .logits: [.max]
    }
  }

  public var place: String {
    switch self {
    case .block(0): "the first patch embedding"
    case .block(let k): "block \(k)"
    case .stage(let s): "stage \(s)'s norm"
    case .gather(let k, let level): "level \(level) of the sum up to block \(k)"
    case .logits: "the decode head or classifier"
    }
  }
}

enum GoldenName {
  /// The number that is the rest of `name` after `prefix`. One spelling per number, so that no two names mean the same tensor.
  static func number(_ name: String, after prefix: String) -> Int? {
    guard name.hasPrefix(prefix) else { return nil }
    let digits = name.dropFirst(prefix.count)
    guard let value = Int(digits), value >= 0, String(value) == digits else { return nil }
    return value
  }
}
