/// Features of a backbone that a head can read, over all of their levels: tensors that are stored, and what is read from several of
/// those (`FeatureOrigin` says which is which).
public enum Feature: Hashable, Sendable {
  /// F_i: what enters the first block for i = 0, else the residual stream after block i.
  case block(Int)
  /// The sum of the residual stream up to block k: `G_k` `[T, C]`; of a pyramid, `A_1 …` of depth k.
  case gather(Int)
  /// The model's own output after its final norm: for a class per image the class token (or the mean) `[1, C]`, for a class
  /// per pixel the maps.
  case final
  /// The class token and the mean patch token of every F_i that was kept, `[2(N+1), C]`; the means alone of a model without class
  /// token; of a pyramid the mean of every block's map, a level per stage. Raw: no final norm.
  case layerTokens
  /// Every `step`th F_i from F_0, an input each: derived from stored blocks.
  case ladder(Int)
  /// The sum of the last `n` of F_0 … F_N: derived from stored blocks.
  case side(Int)
}

/// One tensor of stored features: a feature, and on maps which level of the pyramid.
///
/// One name stands for it wherever it is written (tensors of shards, goldens, options): `F3`, `k12` or `final`, and for a level
/// `.level2` behind it.
public struct FeatureKey: Hashable, Sendable {
  /// A feature that is stored (`Feature.isStored`).
  public var feature: Feature
  /// Number of the level, from 1, the finest; nil for tokens.
  public var level: Int?

  /// The feature's tokens, or one level of its maps.
  public init(_ feature: Feature, level: Int? = nil) {
    self.feature = feature
    self.level = level
  }
}

extension Feature {
  /// The feature called `name`; nil for other names.
  init?(_ name: UnsafeRawBufferPointer) {
    if name.equals("final") {
      self = .final
    } else if name.equals("layers") {
      self = .layerTokens
    } else if name.equals("ladder") {
      self = .ladder(1)
    } else if let step = Self.number(name, after: "ladder"), step >= 2 {
      self = .ladder(step)
    } else if let count = Self.number(name, after: "side"), count >= 1 {
      self = .side(count)
    } else if let k = Self.number(name, after: "k") {
      self = .gather(k)
    } else if let i = Self.number(name, after: "F") {
      self = .block(i)
    } else {
      return nil
    }
  }

  /// The number that `name` is `prefix` and: one spelling per number.
  private static func number(_ name: UnsafeRawBufferPointer, after prefix: StaticString) -> Int? {
    let start = prefix.utf8CodeUnitCount
    guard name.count > start, name.part(0..<start).equals(prefix) else { return nil }
    guard name[start] != UInt8(ascii: "0") || name.count == start + 1 else { return nil }
    return HeaderScanner.integer(name.part(start..<name.count))
  }
}

extension FeatureKey {
  /// The key that `name` begins with, and what follows it behind a dot (empty for a whole name); nil for other names.
  static func prefix(of name: UnsafeRawBufferPointer) -> (key: FeatureKey, rest: UnsafeRawBufferPointer)? {
    var rest = name
    guard let feature = Feature(cut(&rest)), feature.isStored else { return nil }
    var key = FeatureKey(feature)
    var after = rest
    let next = cut(&after)
    let prefix: StaticString = "level"
    let digits = prefix.utf8CodeUnitCount
    if next.count > digits, next.part(0..<digits).equals(prefix) {
      guard let number = HeaderScanner.integer(next.part(digits..<next.count)), number >= 1 else {
        return nil
      }
      key.level = number
      rest = after
    }
    return (key, rest)
  }

  /// What stands before the first dot; leaves what follows it.
  @inline(never)
  private static func cut(_ text: inout UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var end = 0
    while end < text.count, text[end] != UInt8(ascii: ".") { end += 1 }
    defer { text = text.part(min(end + 1, text.count)..<text.count) }
    return text.part(0..<end)
  }
}

// Text is for hosts: a runtime compares bytes.
#if !hasFeature(Embedded)
  extension Feature: CustomStringConvertible, LosslessStringConvertible {
    /// The feature called `name`: `F3`, `k12`, `final`, `layers`, `ladder2`, `side3`.
    public init?(_ name: String) {
      var name = name
      guard let feature = name.withUTF8({ Feature(UnsafeRawBufferPointer($0)) }) else { return nil }
      self = feature
    }

    public var description: String {
      switch self {
      case .block(let i): "F\(i)"
      case .gather(let k): "k\(k)"
      case .final: "final"
      case .layerTokens: "layers"
      case .ladder(1): "ladder"
      case .ladder(let step): "ladder\(step)"
      case .side(let count): "side\(count)"
      }
    }
  }

  extension FeatureKey: CustomStringConvertible, LosslessStringConvertible {
    /// The key called `name`: `k12`, `final.level4`.
    public init?(_ name: String) {
      var name = name
      let found = name.withUTF8 { bytes -> FeatureKey? in
        guard let (key, rest) = FeatureKey.prefix(of: UnsafeRawBufferPointer(bytes)), rest.isEmpty else {
          return nil
        }
        return key
      }
      // An empty rest also follows a dot at the end.
      guard let found, found.description == name else { return nil }
      self = found
    }

    public var description: String { level.map { "\(feature).level\($0)" } ?? feature.description }
  }
#endif
