/// How tokens become one vector, behind a LayerNorm.
public enum Pooling: Equatable, Sendable {
  /// The first token.
  case cls
  /// The mean over all tokens.
  case mean
}

extension Pooling {
  /// Its number in a bundle.
  public var code: UInt32 {
    switch self {
    case .cls: 0
    case .mean: 1
    }
  }

  /// What `code` means; nil for an unknown one.
  public init?(code: UInt32) {
    switch code {
    case 0: self = .cls
    case 1: self = .mean
    default: return nil
    }
  }

  /// Its name in options and files, and for people.
  public var name: StaticString {
    switch self {
    case .cls: "cls"
    case .mean: "mean"
    }
  }

  public var title: StaticString {
    switch self {
    case .cls: "class token"
    case .mean: "mean over tokens"
    }
  }
}
