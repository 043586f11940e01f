/// UTF-8 that lives as long as the program: all or part of a literal.
public struct StaticText: @unchecked Sendable {
  private let start: UnsafePointer<UInt8>
  private let count: Int

  init(_ literal: StaticString) {
    start = literal.utf8Start
    count = literal.utf8CodeUnitCount
  }

  private init(_ start: UnsafePointer<UInt8>, _ count: Int) {
    self.start = start
    self.count = count
  }

  /// Its UTF-8 bytes.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

  /// What stands before and after the first `separator`; all and nothing when there is none.
  func cut(at separator: UInt8) -> (before: StaticText, after: StaticText) {
    var place = 0
    while place < count, start[place] != separator { place += 1 }
    let next = min(place + 1, count)
    return (StaticText(start, place), StaticText(start + next, count - next))
  }
}

#if !hasFeature(Embedded)
  extension StaticText: CustomStringConvertible {
    public var description: String { String(decoding: bytes, as: UTF8.self) }
  }
#endif
