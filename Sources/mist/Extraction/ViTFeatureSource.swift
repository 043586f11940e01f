import MISTBackbone
import MISTFeatures
import MISTFormats
import MISTModels
import MISTVision
import Synchronization

/// A vision transformer as the source of an extraction. The weights are read and prepacked when the first worker is made:
/// a dry run, or an extraction that is finished already, does not need them.
final class ViTFeatureSource: FeatureSource {
  let inputSize: (height: Int, width: Int)
  let tokens: Int
  let channels: Int
  let gathers: [Int]
  let includesFinal: Bool

  private let checkpoint: CanonicalCheckpoint
  private let backend: ProductBackend
  private let backbone = Mutex<ViTBackbone?>(nil)

  /// `gather` nil takes a third, two thirds and all of the blocks. The final class token is included when the last block
  /// runs anyway. Throws `usage` for depths that the model does not have.
  init(_ checkpoint: CanonicalCheckpoint, gather: [Int]?, backend: ProductBackend) throws {
    guard let configuration = checkpoint.configuration.vit else {
      throw MISTError(.backboneArchitecture, "a vision transformer is expected")
    }
    let depth = configuration.depth
    let thirds = [depth / 3, 2 * depth / 3, depth].filter { $0 > 0 }
    gathers = gather ?? Set(thirds).sorted()
    guard let deepest = gathers.last, deepest <= depth else {
      throw MISTError(
        .usage, "gather depth \(gathers.last ?? 0) was asked for, and the model has blocks 1 to \(depth)",
        advice: "choose depths from 1 to \(depth)")
    }
    includesFinal = deepest == depth && configuration.classToken
    inputSize =
      try Preprocessor(checkpoint.preprocessing).outputSize
      ?? (configuration.imageSize[0], configuration.imageSize[1])
    tokens = configuration.tokens(height: inputSize.height, width: inputSize.width)
    channels = configuration.width
    self.checkpoint = checkpoint
    self.backend = backend
  }

  func makeWorker() throws -> any FeatureWorker {
    let loaded = try backbone.withLock { backbone in
      if let backbone { return backbone }
      let made = try ViTBackbone(
        checkpoint: checkpoint, imageSize: inputSize, depth: gathers.last, backend: backend)
      backbone = made
      return made
    }
    return Worker(
      try loaded.makeWorker(), gathers: gathers,
      outputs: ViTOutputs(gathers: gathers, finalClassToken: includesFinal))
  }

  private final class Worker: FeatureWorker {
    private let worker: ViTWorker
    private let gathers: [Int]
    private let outputs: ViTOutputs

    init(_ worker: ViTWorker, gathers: [Int], outputs: ViTOutputs) {
      self.worker = worker
      self.gathers = gathers
      self.outputs = outputs
    }

    func extract(
      pixels: UnsafeBufferPointer<Float>, gathers buffers: [UnsafeMutableBufferPointer<Float>],
      final: UnsafeMutableBufferPointer<Float>?
    ) throws {
      try worker.forward(pixels, outputs) { output, values in
        switch output {
        case .gather(let k):
          guard let place = gathers.firstIndex(of: k) else { return }
          _ = buffers[place].update(fromContentsOf: values)
        case .finalClassToken:
          _ = final?.update(fromContentsOf: values)
        case .block, .finalNorm:
          break
        }
      }
    }
  }
}
