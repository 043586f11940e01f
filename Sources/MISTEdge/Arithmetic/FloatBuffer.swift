/// Floats on the heap, allocated once and zeroed. A class, so that its owner need not be one.
public final class FloatBuffer {
  /// The first of `count` floats; valid while this object lives.
  public let pointer: UnsafeMutablePointer<Float>
  public let count: Int

  /// `count` zeros.
  @inline(never)
  public init(_ count: Int) {
    self.count = count
    #if MIST_ARENA
      pointer = arenaFloats(count)
    #else
      pointer = UnsafeMutablePointer<Float>.allocate(capacity: count > 0 ? count : 1)
      pointer.initialize(repeating: 0, count: count)
    #endif
  }

  deinit {
    #if MIST_ARENA
      arenaReturn(pointer, count)
    #else
      pointer.deallocate()
    #endif
  }

  /// Sets every float to 0.
  public func clear() { pointer.update(repeating: 0, count: count) }
}

#if MIST_ARENA
  /// The C library's memory is its caller's (`mist_arena.h`), and counted before it is given.
  @_extern(c, "mist_arena_floats") private func arenaFloats(_ count: Int) -> UnsafeMutablePointer<Float>
  @_extern(c, "mist_arena_return") private func arenaReturn(
    _ floats: UnsafeMutablePointer<Float>, _ count: Int)
#endif
