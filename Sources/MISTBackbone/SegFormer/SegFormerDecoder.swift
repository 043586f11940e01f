import MISTEdge
import MISTFormats
import MISTKernels
import MISTModels
import Synchronization

/// The checkpoint's own decode head in its merged form, run by the edge's network. Merged and prepared when logits are first
/// asked for: features do not need it.
final class SegFormerDecoder: Sendable {
  let shape: MapHeadShape
  private let checkpoint: CanonicalCheckpoint
  private let network = Mutex<MapHeadNetwork<VectorKernels>?>(nil)

  /// Nil for a checkpoint without a decode head.
  init?(_ checkpoint: CanonicalCheckpoint, imageSize: (height: Int, width: Int)) {
    guard let c = checkpoint.configuration.segformer, let head = c.decodeHead else { return nil }
    let sizes = c.mapSizes(height: imageSize.height, width: imageSize.width)
    shape = MapHeadShape(
      levels: zip(c.stages, sizes).map {
        MapHeadShape.Level(height: $1.height, width: $1.width, channels: $0.width)
      },
      outputHeight: sizes[0].height, outputWidth: sizes[0].width, classes: head.classes, hidden: head.width,
      inputNorm: false, norm: false)
    self.checkpoint = checkpoint
  }

  /// The network, the same for every worker. Throws the checkpoint's errors.
  func prepared() throws -> MapHeadNetwork<VectorKernels> {
    try network.withLock { network in
      if let network { return network }
      let made = MapHeadNetwork<VectorKernels>(shape)
      try MergedDecodeHead(checkpoint).parameters.withUnsafeBufferPointer { parameters in
        if let first = parameters.baseAddress { made.prepare(first) }
      }
      network = made
      return made
    }
  }
}

/// One worker's memory for the decode head.
final class DecoderScratch {
  private let network: MapHeadNetwork<VectorKernels>
  private let scratch: MapHeadScratch
  private let logits: AlignedFloats

  init(_ decoder: SegFormerDecoder) throws {
    network = try decoder.prepared()
    scratch = MapHeadScratch(decoder.shape, training: false)
    logits = AlignedFloats(count: decoder.shape.outputCount * decoder.shape.classes)
  }

  /// Keeps stage `index`'s output for `run`.
  func keep(_ index: Int, _ map: UnsafeBufferPointer<Float>) {
    if let first = map.baseAddress { scratch.inputs[index].update(from: first, count: map.count) }
  }

  /// `[h·w, classes]` from the maps that were kept.
  func run() -> UnsafeBufferPointer<Float> {
    network.forward(scratch: scratch, into: logits.pointer)
    return logits.view
  }
}

/// The edge's products in the host's vector kernels.
enum VectorKernels: EdgeKernels {
  static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float,
    a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
    beta: Float, c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    mist_sgemm(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
  }
}
