import MISTEdge
import MISTFeatures

/// The masks of a split. Reading is thread-safe.
package struct MaskTargets: Sendable {
  /// Pixels of a mask: the model's input size.
  package let size: MapSize
  private let reading: @Sendable (Int, UnsafeMutableBufferPointer<UInt8>) throws -> Void

  /// - Parameter read: Writes a sample's mask `[height, width]`: classes, and 255 where there is none.
  package init(
    size: MapSize, read: @escaping @Sendable (Int, UnsafeMutableBufferPointer<UInt8>) throws -> Void
  ) {
    self.size = size
    reading = read
  }

  /// The masks of a store.
  package init(_ masks: StoredMasks) {
    self.init(size: MapSize(height: masks.height, width: masks.width)) { try masks.read($0, into: $1) }
  }

  /// Reads a sample's mask. Throws what reading throws.
  package func read(_ index: Int, into destination: UnsafeMutableBufferPointer<UInt8>) throws {
    try reading(index, destination)
  }
}

/// One thread's mask.
final class MaskBuffer: @unchecked Sendable {
  let pixels: UnsafeMutableBufferPointer<UInt8>
  /// Of the first pixel.
  let pointer: UnsafeMutablePointer<UInt8>

  init(_ size: MapSize) {
    pointer = .allocate(capacity: max(1, size.count))
    pixels = UnsafeMutableBufferPointer(start: pointer, count: size.count)
    pixels.initialize(repeating: 0)
  }

  deinit { pointer.deallocate() }
}
