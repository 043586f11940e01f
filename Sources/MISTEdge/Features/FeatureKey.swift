/// Features of a backbone that can be computed, stored and trained on, over all of their levels.
public enum Feature: Hashable, Sendable {
  /// F_i: what enters the first block for i = 0, else the residual stream after block i.
  case block(Int)
  /// The sum of the residual stream up to block k: `G_k` `[T, C]`; of a pyramid, `A_1 …` of depth k.
  case gather(Int)
  /// The model's own output after its final norm: for a class per image the class token (or the mean) `[1, C]`, for a class
  /// per pixel the maps.
  case final
}

/// One tensor of features: a feature, and on maps which level of the pyramid.
///
/// One name stands for it wherever it is written (tensors of shards, goldens, options): `F3`, `k12` or `final`, and for a level
/// `.level2` behind it.
public struct FeatureKey: Hashable, Sendable {
  /// The sum or the final output.
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
      return
    }
    guard name.count >= 2, let number = HeaderScanner.integer(name.part(1..<name.count)),
      number == 0 ? name.count == 2 : name[1] != UInt8(ascii: "0")
    else { return nil }
    switch name[0] {
    case UInt8(ascii: "k"): self = .gather(number)
    case UInt8(ascii: "F"): self = .block(number)
    default: return nil
    }
  }
}

extension FeatureKey {
  /// The key that `name` begins with, and what follows it behind a dot (empty for a whole name); nil for other names.
  static func prefix(of name: UnsafeRawBufferPointer) -> (key: FeatureKey, rest: UnsafeRawBufferPointer)? {
    var rest = name
    guard let feature = Feature(cut(&rest)) else { return nil }
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
    /// The feature called `name`: `F3`, `k12`, `final`.
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
