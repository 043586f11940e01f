import Foundation

/// A block of bytes on a cache line's boundary, zero at first, freed with its owner. Filled by one thread before others see it, or
/// owned by one worker; hence `@unchecked Sendable`.
final class AlignedBytes: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
  let count: Int
  /// What was mapped for a large block.
  private let mapping: (start: UnsafeMutableRawPointer, count: Int)?

  /// `count` zeros.
  init(count: Int) {
    self.count = count
    mapping = count >= Self.large ? Self.map(count + Self.page) : nil
    if let mapping {
      // Pages of 2 MiB where the system has them: fewer faults while weights are packed, fewer misses while they are read.
      let address = Int(bitPattern: mapping.start)
      pointer = mapping.start + (Self.page - address % Self.page) % Self.page
      Self.adviseLargePages(pointer, count / Self.page * Self.page)
    } else {
      pointer = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 64)
      pointer.initializeMemory(as: UInt8.self, repeating: 0, count: max(count, 1))
    }
  }

  deinit {
    if let mapping {
      munmap(mapping.start, mapping.count)
    } else {
      pointer.deallocate()
    }
  }

  private static let large = 1 << 20
  private static let page = 2 << 20

  private static func map(_ count: Int) -> (start: UnsafeMutableRawPointer, count: Int)? {
    let start = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard let start, start != MAP_FAILED else { return nil }
    return (start, count)
  }

  private static func adviseLargePages(_ start: UnsafeMutableRawPointer, _ count: Int) {
    #if os(Linux)
      let hugePages: Int32 = 14
      if count > 0 { madvise(start, count, hugePages) }
    #endif
  }
}
