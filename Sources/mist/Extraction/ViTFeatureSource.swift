import MISTBackbone
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import Synchronization

/// A vision transformer as the source of an extraction. The weights are read and prepacked when the first worker is made:
/// a dry run, or an extraction that is finished already, does not need them.
///
/// For classification the features are all tokens, and the final one is the class token. For segmentation they are the
/// patches' tokens as one map, class and register tokens left out.
final class ViTFeatureSource: FeatureSource {
  let inputSize: (height: Int, width: Int)
  let layout: FeatureLayout
  let gathers: [Int]
  let includesFinal: Bool

  private let checkpoint: CanonicalCheckpoint
  private let backend: ProductBackend
  /// Values before the first patch in a worker's output.
  private let skipped: Int
  private let backbone = Mutex<ViTBackbone?>(nil)

  /// Throws `usage` for depths that the model does not have.
  init(_ checkpoint: CanonicalCheckpoint, _ configuration: ViTConfiguration, _ request: FeatureRequest) throws
  {
    self.checkpoint = checkpoint
    backend = request.backend
    let depth = configuration.depth
    gathers = try request.gathers(of: depth, candidates: [depth / 3, 2 * depth / 3, depth])
    inputSize = try request.inputSize(or: (configuration.imageSize[0], configuration.imageSize[1]))
    let deepest = gathers.last == configuration.depth
    let grid = configuration.grid(height: inputSize.height, width: inputSize.width)
    switch request.task {
    case .classification:
      includesFinal = request.final && deepest && configuration.classToken
      layout = .tokens(
        count: configuration.tokens(height: inputSize.height, width: inputSize.width),
        channels: configuration.width)
      skipped = 0
    case .segmentation:
      includesFinal = request.final && deepest
      layout = .maps([
        MapLevel(level: 1, height: grid.rows, width: grid.columns, channels: configuration.width)
      ])
      skipped = configuration.prefixTokens * configuration.width
    }
  }

  func makeWorker() throws -> any FeatureWorker {
    let loaded = try backbone.withLock { backbone in
      if let backbone { return backbone }
      let made = try ViTBackbone(
        checkpoint: checkpoint, imageSize: inputSize, depth: gathers.last, backend: backend)
      backbone = made
      return made
    }
    let final: ViTOutput = layout.task == .classification ? .finalClassToken : .finalNorm
    let outputs = (includesFinal ? [final] : []) + gathers.map { .gather($0) }
    return Worker(try loaded.makeWorker(), outputs, skipped: skipped)
  }

  private final class Worker: FeatureWorker {
    private let worker: ViTWorker
    private let wanted: ViTOutputs
    /// The buffer of each output.
    private let places: [ViTOutput: Int]
    private let skipped: Int

    init(_ worker: ViTWorker, _ outputs: [ViTOutput], skipped: Int) {
      self.worker = worker
      self.skipped = skipped
      wanted = ViTOutputs(outputs)
      places = Dictionary(uniqueKeysWithValues: outputs.enumerated().map { ($1, $0) })
    }

    func extract(
      pixels: UnsafeBufferPointer<Float>, into outputs: [UnsafeMutableBufferPointer<Float>]
    ) throws {
      try worker.forward(pixels, wanted) { output, values in
        guard let place = places[output] else { return }
        _ = outputs[place].update(fromContentsOf: values[skipped...])
      }
    }
  }
}
