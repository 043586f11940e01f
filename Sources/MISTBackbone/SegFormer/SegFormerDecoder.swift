import MISTEdge
import MISTFormats
import MISTKernels
import MISTModels
import Synchronization

/// The checkpoint's own decode head in its merged form, run by the edge's network; mmsegmentation's after a product and a ReLU per
/// level. Merged and prepared when logits are first asked for: features do not need it.
final class SegFormerDecoder: Sendable {
  /// What every worker shares.
  struct Prepared: Sendable {
    let network: EdgeNetwork<VectorKernels>
    /// Empty for heads that merge.
    var levels: [ConvolutionalDecodeHead.Level] = []
  }

  let shape: NetworkShape
  private let checkpoint: CanonicalCheckpoint
  private let head = Mutex<Prepared?>(nil)

  /// Nil for a checkpoint without a decode head.
  init?(_ checkpoint: CanonicalCheckpoint, _ c: SegFormerConfiguration, imageSize: MapSize) {
    guard let head = c.decodeHead else { return nil }
    let sizes = c.mapSizes(height: imageSize.height, width: imageSize.width)
    shape = NetworkShape(
      levels: zip(c.stages, sizes).map {
        StreamShape(
          height: $1.height, width: $1.width, channels: head.kind == .linear ? $0.width : head.width)
      },
      outputHeight: sizes[0].height, outputWidth: sizes[0].width, classes: head.classes, hidden: head.width,
      inputNorm: false, norm: false)
    self.checkpoint = checkpoint
  }

  /// Throws the checkpoint's errors.
  func prepared() throws -> Prepared {
    try head.withLock { head in
      if let head { return head }
      let levels = try ConvolutionalDecodeHead(checkpoint)
      let merged = try levels?.fusion ?? MergedDecodeHead(checkpoint)
      let made = Prepared(network: EdgeNetwork<VectorKernels>(shape), levels: levels?.levels ?? [])
      merged.parameters.withUnsafeBufferPointer { parameters in
        if let first = parameters.baseAddress { made.network.prepare(first) }
      }
      head = made
      return made
    }
  }
}

/// One worker's memory for the decode head.
final class DecoderScratch {
  private let head: SegFormerDecoder.Prepared
  private let scratch: NetworkScratch
  private let logits: AlignedFloats

  init(_ decoder: SegFormerDecoder) throws {
    head = try decoder.prepared()
    scratch = NetworkScratch(decoder.shape, training: false)
    logits = AlignedFloats(count: decoder.shape.outputCount * decoder.shape.classes)
  }

  /// Keeps stage `index`'s output for `run`.
  func keep(_ index: Int, _ map: UnsafeBufferPointer<Float>) {
    guard let first = map.baseAddress else { return }
    if head.levels.isEmpty {
      scratch.inputs[index].update(from: first, count: map.count)
    } else {
      let level = head.levels[index]
      run(level, first, positions: map.count / level.channels, scratch.inputs[index])
    }
  }

  /// `ReLU(W x + b)` at every position.
  private func run(
    _ level: ConvolutionalDecodeHead.Level, _ map: UnsafePointer<Float>, positions: Int,
    _ result: UnsafeMutablePointer<Float>
  ) {
    let width = level.bias.count
    for position in 0..<positions { (result + position * width).update(from: level.bias, count: width) }
    level.weights.withUnsafeBufferPointer { weights in
      guard let weights = weights.baseAddress else { return }
      VectorKernels.gemm(
        transposeA: false, transposeB: true, m: positions, n: width, k: level.channels, alpha: 1, a: map,
        lda: level.channels, b: weights, ldb: level.channels, beta: 1, c: result, ldc: width)
    }
    for i in 0..<positions * width { result[i] = max(0, result[i]) }
  }

  /// `[h·w, classes]` from the maps that were kept.
  func run() -> UnsafeBufferPointer<Float> {
    head.network.forward(scratch: scratch, into: logits.pointer)
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

  static func softmax(_ x: UnsafeMutablePointer<Float>, rows: Int, width: Int) {
    mist_softmax(x, rows, width, width, 1)
  }
}
