import MISTBackbone
import MISTEdge
import MISTFormats
import MISTModels
import MISTTuning

/// A model run as deep as a head needs, giving exactly the head's input.
final class PredictionBackbone: Sendable {
  private enum Kind: Sendable {
    /// `skipped`: tokens before those that the head reads.
    case vit(ViTBackbone, ViTOutput, skipped: Int)
    /// An output per level of the head.
    case segformer(SegFormerBackbone, [SegFormerOutput])
  }

  private let kind: Kind

  /// Throws `head.feature-mismatch`, `head.shape-mismatch`, and what opening the backbone throws.
  init(
    _ checkpoint: CanonicalCheckpoint, for head: PredictionHead, size: (height: Int, width: Int),
    backend: ProductBackend
  ) throws {
    let depth = checkpoint.configuration.depth
    if case .gather(let k) = head.feature, k > depth {
      throw MISTError(
        .headFeatureMismatch, "the head reads \(head.feature), and the model has blocks 1 to \(depth)",
        advice: "use the head's model")
    }
    switch checkpoint.configuration {
    case .vit(let configuration):
      kind = try Self.vit(checkpoint, configuration, head, size, backend)
    case .segformer(let configuration):
      kind = try Self.segformer(checkpoint, configuration, head, size, backend)
    }
  }

  private static func vit(
    _ checkpoint: CanonicalCheckpoint, _ c: ViTConfiguration, _ head: PredictionHead,
    _ size: (height: Int, width: Int), _ backend: ProductBackend
  ) throws -> Kind {
    let tokens = c.tokens(height: size.height, width: size.width)
    let grid = c.grid(height: size.height, width: size.width)
    let output: ViTOutput
    var depth = c.depth
    var skipped = 0
    switch (head.network, head.feature) {
    case (.tokens, .gather(let k)), (.maps, .gather(let k)):
      output = .gather(k)
      depth = k
    case (.tokens, .final): output = .finalClassToken
    case (.maps, .final): output = .finalNorm
    }
    switch head.network {
    case .tokens(let network):
      let given = [head.feature == .final ? 1 : tokens, c.width]
      try check([[network.shape.tokens, network.shape.channels]], [given])
    case .maps(let network, levels: _):
      skipped = tokens - grid.rows * grid.columns
      try check(network.shape.levels.map(shape), [[grid.rows, grid.columns, c.width]])
    }
    let backbone = try ViTBackbone(checkpoint: checkpoint, imageSize: size, depth: depth, backend: backend)
    return .vit(backbone, output, skipped: skipped)
  }

  private static func segformer(
    _ checkpoint: CanonicalCheckpoint, _ c: SegFormerConfiguration, _ head: PredictionHead,
    _ size: (height: Int, width: Int), _ backend: ProductBackend
  ) throws -> Kind {
    guard case .maps(let network, let levels) = head.network else {
      throw MISTError(
        .headFeatureMismatch, "the head reads tokens, and a SegFormer gives maps",
        advice: "use the head's model")
    }
    let outputs = levels.map { level -> SegFormerOutput in
      switch head.feature {
      case .gather(let k): .gather(k: k, level: level)
      case .final: .stage(level)
      }
    }
    let maps = c.mapSizes(height: size.height, width: size.width)
    let given = levels.map { level in
      maps.indices.contains(level - 1)
        ? [maps[level - 1].height, maps[level - 1].width, c.stages[level - 1].width] : []
    }
    try check(network.shape.levels.map(shape), given)
    let backbone = try SegFormerBackbone(
      checkpoint: checkpoint, imageSize: size, depth: SegFormerOutputs(outputs).lastBlock(of: c),
      backend: backend)
    return .segformer(backbone, outputs)
  }

  private static func shape(_ level: MapHeadShape.Level) -> [Int] {
    [level.height, level.width, level.channels]
  }

  private static func check(_ wanted: [[Int]], _ given: [[Int]]) throws {
    guard wanted == given else {
      func list(_ shapes: [[Int]]) -> String { shapes.map(Format.shape).joined(separator: ", ") }
      throw MISTError(
        .headShapeMismatch, "the head reads \(list(wanted)), and the model gives \(list(given)) here",
        advice: "use the head's model file, with its image size")
    }
  }

  func makeWorker() throws -> Worker {
    switch kind {
    case .vit(let backbone, let output, let skipped):
      Worker(kind: .vit(try backbone.makeWorker(), output, skipped: skipped))
    case .segformer(let backbone, let outputs):
      Worker(kind: .segformer(try backbone.makeWorker(), outputs))
    }
  }

  /// One thread's forward pass.
  final class Worker {
    fileprivate enum Kind {
      case vit(ViTWorker, ViTOutput, skipped: Int)
      case segformer(SegFormerWorker, [SegFormerOutput])
    }

    private let kind: Kind

    fileprivate init(kind: Kind) { self.kind = kind }

    /// Runs `pixels` `[3, H, W]` and writes the head's input, a pointer per level (one for tokens), of the sizes that the
    /// head was checked to have.
    func run(_ pixels: UnsafeBufferPointer<Float>, into inputs: [UnsafeMutablePointer<Float>]) throws {
      switch kind {
      case .vit(let worker, let output, let skipped):
        let width = worker.backbone.configuration.width
        try worker.forward(pixels, ViTOutputs([output])) { _, values in
          guard let base = values.baseAddress, let input = inputs.first else { return }
          input.update(from: base + skipped * width, count: values.count - skipped * width)
        }
      case .segformer(let worker, let outputs):
        try worker.forward(pixels, SegFormerOutputs(outputs)) { output, values in
          guard let level = outputs.firstIndex(of: output), let base = values.baseAddress else { return }
          inputs[level].update(from: base, count: values.count)
        }
      }
    }
  }
}
