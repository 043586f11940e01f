/// Memory for one band of a rearranged tensor, used again for the next: the allocator would keep what comes and goes in sizes of
/// megabytes, and a conversion's peak would grow with the file.
final class BandMemory {
  private var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit { bytes.deallocate() }

  /// At least `count` bytes, valid until the next call.
  func bytes(_ count: Int) -> UnsafeMutableRawBufferPointer {
    if bytes.count < count {
      bytes.deallocate()
      bytes = .allocate(byteCount: max(count, AxisReversal.bandSize), alignment: 64)
    }
    return bytes
  }
}
