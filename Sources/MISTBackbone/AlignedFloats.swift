/// A block of floats, zero at first, freed with its owner. Filled by one thread before others see it, or owned by one worker; hence
/// `@unchecked Sendable`.
final class AlignedFloats: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int
  private let bytes: AlignedBytes

  /// `count` zeros.
  init(count: Int) {
    bytes = AlignedBytes(count: count * MemoryLayout<Float>.stride)
    pointer = bytes.pointer.bindMemory(to: Float.self, capacity: count)
    self.count = count
  }

  convenience init(_ values: some Collection<Float>) {
    self.init(count: values.count)
    _ = UnsafeMutableBufferPointer(start: pointer, count: count).update(fromContentsOf: values)
  }

  var view: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: pointer, count: count) }

  func copy(from other: AlignedFloats) {
    pointer.update(from: other.pointer, count: min(count, other.count))
  }
}
