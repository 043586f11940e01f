import MISTBackbone
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import Synchronization

/// A SegFormer's encoder as the source of an extraction; its weights are read when the first worker is made.
///
/// For segmentation the features are the gathered maps of every level, or of the coarsest alone, and the final ones the
/// stages' outputs. For classification they are the coarsest level's positions as tokens, and the final one is the mean of the
/// last stage's output, which is what a SegFormer's own classifier reads.
final class SegFormerFeatureSource: FeatureSource {
  let inputSize: (height: Int, width: Int)
  let layout: FeatureLayout
  let gathers: [Int]
  let includesFinal: Bool

  private let checkpoint: CanonicalCheckpoint
  private let backend: ProductBackend
  /// Levels that are stored, from 1.
  private let levels: [Int]
  private let backbone = Mutex<SegFormerBackbone?>(nil)

  /// Throws `usage` for depths that the model does not have.
  init(
    _ checkpoint: CanonicalCheckpoint, _ configuration: SegFormerConfiguration, _ request: FeatureRequest
  ) throws {
    self.checkpoint = checkpoint
    backend = request.backend
    // To the nearest block: 14, 27, 41 of 41.
    let depth = configuration.depth
    gathers = try request.gathers(
      of: depth, candidates: [(2 * depth + 3) / 6, (4 * depth + 3) / 6, depth])
    includesFinal = request.final && gathers.last == configuration.depth
    inputSize = try request.inputSize(or: (512, 512))
    let sizes = configuration.mapSizes(height: inputSize.height, width: inputSize.width)
    let maps = zip(configuration.stages, sizes).enumerated().map { index, pair in
      MapLevel(
        level: index + 1, height: pair.1.height, width: pair.1.width, channels: pair.0.width,
        reduction: pair.0.reduction)
    }
    let coarsest = maps[maps.count - 1]
    switch request.task {
    case .classification:
      layout = .tokens(count: coarsest.positions, channels: coarsest.channels)
      levels = [coarsest.level]
    case .segmentation:
      let stored = request.export == .pyramid ? maps : [coarsest]
      layout = .maps(stored)
      levels = stored.map(\.level)
    }
  }

  func makeWorker() throws -> any FeatureWorker {
    let loaded = try backbone.withLock { backbone in
      if let backbone { return backbone }
      let made = try SegFormerBackbone(
        checkpoint: checkpoint, imageSize: inputSize, depth: gathers.last, backend: backend)
      backbone = made
      return made
    }
    let outputs =
      (includesFinal ? levels.map { .stage($0) } : [])
      + gathers.flatMap { k in levels.map { SegFormerOutput.gather(k: k, level: $0) } }
    return Worker(try loaded.makeWorker(), outputs)
  }

  private final class Worker: FeatureWorker {
    private let worker: SegFormerWorker
    private let wanted: SegFormerOutputs
    /// The buffer of each output.
    private let places: [SegFormerOutput: Int]

    init(_ worker: SegFormerWorker, _ outputs: [SegFormerOutput]) {
      self.worker = worker
      wanted = SegFormerOutputs(outputs)
      places = Dictionary(uniqueKeysWithValues: outputs.enumerated().map { ($1, $0) })
    }

    func extract(
      pixels: UnsafeBufferPointer<Float>, into outputs: [UnsafeMutableBufferPointer<Float>]
    ) throws {
      try worker.forward(pixels, wanted) { output, values in
        guard let place = places[output] else { return }
        if outputs[place].count == values.count {
          _ = outputs[place].update(fromContentsOf: values)
        } else {
          Self.mean(values, into: outputs[place])
        }
      }
    }

    /// The mean over the positions of a map `[h·w, C]`.
    private static func mean(
      _ values: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>
    ) {
      output.update(repeating: 0)
      for row in 0..<values.count / output.count {
        for channel in output.indices { output[channel] += values[row * output.count + channel] }
      }
      let scale = Float(output.count) / Float(values.count)
      for channel in output.indices { output[channel] *= scale }
    }
  }
}
