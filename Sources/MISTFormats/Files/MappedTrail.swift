/// A walk through a mapped file that reads some bytes here and there: what it has passed leaves memory in steps, where pages all
/// over the file would stay.
struct MappedTrail {
  private static let step = 16 << 20
  private let file: MappedFile
  private var held = 0

  init(_ file: MappedFile) { self.file = file }

  /// The walk does not go back before `position`.
  mutating func pass(_ position: Int) {
    if position - held >= Self.step { release(before: position) }
  }

  /// The walk is over.
  mutating func end() { release(before: file.bytes.count) }

  private mutating func release(before position: Int) {
    file.release(UnsafeRawBufferPointer(rebasing: file.bytes[held..<position]))
    held = position
  }
}
