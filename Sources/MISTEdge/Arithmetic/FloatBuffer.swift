/// Floats on the heap, allocated once and zeroed. A class, so that its owner need not be one.
public final class FloatBuffer {
  /// The first of `count` floats; valid while this object lives.
  public let pointer: UnsafeMutablePointer<Float>
  public let count: Int

  /// `count` zeros.
  @inline(never)
  public init(_ count: Int) {
    self.count = count
    pointer = UnsafeMutablePointer<Float>.allocate(capacity: count > 0 ? count : 1)
    pointer.initialize(repeating: 0, count: count)
  }

  deinit { pointer.deallocate() }

  /// Sets every float to 0.
  public func clear() { pointer.update(repeating: 0, count: count) }
}
