/// How tokens become one vector, behind a LayerNorm.
public enum Pooling: Hashable, Sendable {
  /// The first token.
  case cls
  /// The mean over all tokens.
  case mean
  /// Learned queries attend to the tokens (`AttentiveReadout`).
  case attentive(AttentiveShape)
  /// Every token, normalised, one after another (`ConcatReadout`).
  case concat
}

/// A pooling as files have it: which one, and numbers of its own.
public struct StoredPooling: Hashable, Sendable {
  /// Its number in a bundle.
  public var code: UInt32
  /// Queries that attend to the tokens, and the division of what they gather; 0 for a pooling without.
  public var queries: UInt32
  public var division: UInt32

  /// Pooling `code` with its numbers.
  public init(code: UInt32, queries: UInt32 = 0, division: UInt32 = 0) {
    self.code = code
    self.queries = queries
    self.division = division
  }

  var hasNumbers: Bool { queries != 0 || division != 0 }
}

extension Pooling {
  /// How many there are: their codes are below.
  public static let kinds: UInt32 = 4

  /// As files have it.
  public var stored: StoredPooling {
    switch self {
    case .cls: StoredPooling(code: 0)
    case .mean: StoredPooling(code: 1)
    case .attentive(let shape):
      StoredPooling(
        code: 2, queries: UInt32(clamping: shape.queries), division: UInt32(clamping: shape.division))
    case .concat: StoredPooling(code: 3)
    }
  }

  /// Nil for an unknown pooling, and for numbers that it has no use for.
  public init?(_ stored: StoredPooling) {
    switch stored.code {
    case 0 where !stored.hasNumbers: self = .cls
    case 1 where !stored.hasNumbers: self = .mean
    case 2 where stored.hasNumbers:
      self = .attentive(AttentiveShape(queries: Int(stored.queries), division: Int(stored.division)))
    case 3 where !stored.hasNumbers: self = .concat
    default: return nil
    }
  }

  /// Its name in options and files, and for people.
  public var name: StaticString { Self.name(stored.code) }

  /// The name of the pooling with this code, which must be below `kinds`.
  public static func name(_ code: UInt32) -> StaticString {
    switch code {
    case 0: "cls"
    case 1: "mean"
    case 2: "attentive"
    default: "concat"
    }
  }

  /// For people: `class token`, `mean over tokens`.
  public var title: StaticString {
    switch self {
    case .cls: "class token"
    case .mean: "mean over tokens"
    case .attentive: "attention"
    case .concat: "every token"
    }
  }
}

#if !hasFeature(Embedded)
  extension Pooling {
    /// The pooling called `name` in options and files, with numbers of its own; nil for another name, and for numbers that
    /// it has no use for.
    public init?(_ name: String, queries: Int = 0, division: Int = 0) {
      guard let code = (0..<Self.kinds).first(where: { Self.name($0).description == name }),
        let queries = UInt32(exactly: queries), let division = UInt32(exactly: division)
      else { return nil }
      self.init(StoredPooling(code: code, queries: queries, division: division))
    }

    /// Every name, for messages.
    public static var names: [String] { (0..<kinds).map { name($0).description } }
  }
#endif

extension Pooling {
  /// Whether learned queries attend to the tokens.
  package var isAttentive: Bool { if case .attentive = self { true } else { false } }

  /// Probability with which training drops a query's attention to a token: only an attentive pooling has any.
  package var attentionDropout: Float { isAttentive ? 0.1 : 0 }
}
