/// What a tensor's name in a shard says: `k12`, `k12.scale`, `final`, `k12.level3`, `final.level1.scale`.
struct ShardName {
  let gather: BundleSource.Gather
  let level: Int?
  let isScale: Bool

  /// nil for other tensors' names.
  init?(_ name: UnsafeRawBufferPointer) {
    var rest = name
    let first = Self.cut(&rest)
    if first.equals("final") {
      gather = .final
    } else {
      guard first.count >= 2, first[0] == UInt8(ascii: "k"),
        let depth = HeaderScanner.integer(first.part(1..<first.count))
      else { return nil }
      gather = .sum(depth)
    }
    var next = Self.cut(&rest)
    let prefix: StaticString = "level"
    let digits = prefix.utf8CodeUnitCount
    if next.count > digits, next.part(0..<digits).equals(prefix) {
      guard let number = HeaderScanner.integer(next.part(digits..<next.count)) else { return nil }
      level = number
      next = Self.cut(&rest)
    } else {
      level = nil
    }
    isScale = next.equals("scale")
    guard rest.isEmpty, isScale || next.isEmpty else { return nil }
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
