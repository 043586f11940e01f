#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory for a tensor that exists for one call.
package enum PageMemory {
  /// From this size on memory is pages of its own, which go back to the system at once. An allocator keeps what tensors of a dozen
  /// sizes leave behind, and the peak would be that of several.
  private static let threshold = 1 << 20

  /// Calls `body` with `byteCount` bytes of unknown content, aligned for any element.
  package static func withBytes<R>(
    _ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> R
  ) rethrows -> R {
    if byteCount >= threshold,
      let pages = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      pages != MAP_FAILED
    {
      defer { munmap(pages, byteCount) }
      return try body(UnsafeMutableRawBufferPointer(start: pages, count: byteCount))
    }
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
    defer { block.deallocate() }
    return try body(UnsafeMutableRawBufferPointer(rebasing: block[..<byteCount]))
  }
}
