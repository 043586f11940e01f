import MISTEdge
import MISTFormats

/// The memory of one thread's forward pass, about: asked for before it is allocated.
enum BackboneMemory {
  /// Throws `memory.insufficient` when this machine has not room for `blocks` of floats, given by their dimensions, and for an image
  /// of `imageSize` on its way to pixels.
  static func require(_ blocks: [[Int]], imageSize: MapSize) throws {
    // Three channels of floats, and of bytes before and after each of two resizes.
    let pixels = [imageSize.height, imageSize.width, 6]
    let floats = MachineMemory.sum((blocks + [pixels]).map(MachineMemory.product))
    try MachineMemory.require(
      floats.flatMap { MachineMemory.product([$0, 4]) },
      for: "a thread's forward pass on \(imageSize.height) × \(imageSize.width) pixels",
      advice: "use a smaller input, or fewer --threads")
  }
}
