import MISTBackbone
import MISTFeatures

/// Where an output of a forward pass goes among buffers.
struct OutputPlace: Hashable {
  let buffer: Int
  /// The place of the first value in the buffer.
  let offset: Int
  /// Whether it is added to what an earlier output left there.
  var isAdded = false

  /// The outputs that make up `layers`, one per depth, and where each goes: tensor by tensor into the buffers from `first`.
  static func layers(_ layers: LayerTokens, after first: Int) -> [(BackboneOutput, OutputPlace)] {
    let rows = layers.tensors.reduce(0) { $0 + $1.rows } / max(1, layers.depths.count)
    var depths = layers.depths[...]
    return layers.tensors.enumerated().flatMap { place, tensor in
      let own = depths.prefix(tensor.rows / rows)
      depths = depths.dropFirst(own.count)
      return own.enumerated().map {
        (BackboneOutput.layer($1), OutputPlace(buffer: first + place, offset: $0 * rows * tensor.channels))
      }
    }
  }
}
