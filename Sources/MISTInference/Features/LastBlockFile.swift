import MISTFeatures
import MISTFormats
import MISTModels

extension CanonicalCheckpoint {
  /// Writes the last block, layer scale included, and the final norm, under their canonical names as f32. Whole or not at all.
  /// Throws what reading and writing tensors throw.
  func writeLastBlock(to path: String) throws {
    let block = "blocks.\(configuration.depth - 1)."
    let tensors = configuration.tensors.filter { name, _ in
      name.hasPrefix(block) || name.hasPrefix("final_norm.")
    }
    var writer = try SafetensorsWriter(
      path: path, tensors: tensors.map { TensorInfo(name: $0.name, dtype: .f32, shape: $0.shape) },
      metadata: ["mist.format": LastBlock.formatName, "mist.model": try modelHash()])
    for (name, shape) in tensors { try writer.append(name, try floats(name, shape: shape)) }
    try writer.finish()
  }
}
