import Foundation

/// A block of floats on a cache line's boundary, freed with its owner. Filled by one thread before others see it, or
/// owned by one worker; hence `@unchecked Sendable`.
final class AlignedFloats: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int

  /// `count` zeros.
  init(count: Int) {
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    pointer = memory.bindMemory(to: Float.self, capacity: max(count, 1))
    pointer.initialize(repeating: 0, count: max(count, 1))
    self.count = count
  }

  convenience init(_ values: [Float]) {
    self.init(count: values.count)
    for (index, value) in values.enumerated() { pointer[index] = value }
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  var view: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: pointer, count: count) }

  func copy(from other: AlignedFloats) {
    pointer.update(from: other.pointer, count: min(count, other.count))
  }
}
