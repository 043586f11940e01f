/// The bundle's `LABL` section: one name per class, UTF-8, not copied.
public struct BundleLabels {
  private let bytes: UnsafeRawBufferPointer
  /// Number of classes.
  public let count: Int

  init(_ bytes: UnsafeRawBufferPointer, classes: Int) throws(EdgeError) {
    let id = SectionID.labels
    guard bytes.count >= 4 else { throw EdgeError(.badSectionSize, in: id, expected: 4, found: bytes.count) }
    guard bytes.u32(at: 0) == UInt32(classes) else {
      throw EdgeError(.labelCount, in: id, expected: UInt64(classes), found: UInt64(bytes.u32(at: 0)))
    }
    // classes is at most 65536.
    let text = 4 + 4 * (classes + 1)
    guard bytes.count >= text else {
      throw EdgeError(.badSectionSize, in: id, expected: text, found: bytes.count)
    }
    self.bytes = bytes
    count = classes
    guard bytes.u32(at: 4) == 0, bytes.u32(at: text - 4) == UInt32(exactly: bytes.count - text) else {
      throw EdgeError(.labelBounds, in: id)
    }
    for i in 0..<classes where bytes.u32(at: 4 + 4 * i) > bytes.u32(at: 8 + 4 * i) {
      throw EdgeError(.labelBounds, in: id, found: UInt64(i))
    }
    for i in 0..<classes { try Self.check(self[i], UInt64(i)) }
  }

  /// Throws unless `label` may be the name of a class: `index`, where that is known.
  static func check(_ label: UnsafeRawBufferPointer, _ index: UInt64? = nil) throws(EdgeError) {
    guard !label.isEmpty else { throw EdgeError(.emptyLabel, in: .labels, found: index) }
    guard UTF8Text.isValid(label) else { throw EdgeError(.labelNotUTF8, in: .labels, found: index) }
    guard !UTF8Text.hasControlCharacter(label) else {
      throw EdgeError(.labelControlCharacter, in: .labels, found: index)
    }
  }

  /// UTF-8 of the name of class `index`, which must be below `count`.
  public subscript(index: Int) -> UnsafeRawBufferPointer {
    precondition(index >= 0 && index < count)
    let text = 8 + 4 * count
    let start = text + Int(bytes.u32(at: 4 + 4 * index))
    return bytes.part(start..<(text + Int(bytes.u32(at: 8 + 4 * index))))
  }
}
