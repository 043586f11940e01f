import MISTFormats
import MISTKernels
import MISTModels

/// A model in f32 that runs images block by block and watches what enters the products. Used by one thread.
final class CalibrationRun {
  private let backbone: TransformerBackbone
  private let worker: TransformerWorker
  /// The residual streams of the images `[T, C]`, as they enter the next block.
  private var streams: [AlignedFloats] = []
  private var next = 0
  private let threads: Int

  /// Runs the embedding of all inputs. Throws what giving and running them throws.
  init(_ backbone: TransformerBackbone, _ inputs: CalibrationInputs) throws {
    self.backbone = backbone
    threads = inputs.threads
    worker = try TransformerWorker(backbone, [.block(backbone.loadedDepth)])
    for number in 0..<inputs.count {
      let stream = AlignedFloats(count: backbone.tokens * backbone.configuration.width)
      try inputs.pixels(number).withUnsafeBufferPointer { try worker.embed($0, into: stream) }
      streams.append(stream)
    }
  }

  /// What enters the products of block `index`, which must be the next. Throws the products' errors.
  func moments(of index: Int) throws -> BlockMoments {
    precondition(index == next, "blocks are calibrated in order")
    next += 1
    let c = backbone.configuration
    let moments = BlockMoments(width: c.width, hidden: c.mlpWidth, threads: threads)
    for stream in streams {
      try worker.run(backbone.blocks[index], on: stream) { part, rows in
        try moments.of(part)?.add(rows.floats, rows: backbone.tokens)
      }
    }
    return moments
  }
}
