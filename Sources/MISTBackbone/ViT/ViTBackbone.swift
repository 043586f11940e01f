import MISTEdge
import MISTModels

/// Plain vision transformers: learned positions, resized to other patch grids.
enum ViTBackbone: TransformerArchitecture {
  typealias Configuration = ViTConfiguration

  /// As `TransformerBackbone`'s initialiser.
  static func make(
    _ c: ViTConfiguration, imageSize: MapSize? = nil, depth: Int? = nil,
    kernels: ProductKernels = .automatic, classification: ImageClassification? = nil,
    calibration: CalibrationRun? = nil, read: TensorReader
  ) throws -> TransformerBackbone {
    try TransformerBackbone(
      c, imageSize: imageSize, depth: depth, kernels: kernels, classification: classification,
      calibration: calibration, read: read,
      qkvBias: { c.qkvBias ? try read("blocks.\($0).attn.qkv.bias", [3 * c.width]) : nil },
      parts: { grid in
        TransformerParts(
          embedding: try embedding(c, grid: grid, read: read),
          preNorm: c.preNorm
            ? try NormWeights("pre_norm", width: c.width, epsilon: c.epsilon.preNorm, read: read) : nil)
      })
  }

  /// `[T, C]`: the class token with its position, the registers, and the patches' positions on `grid`.
  private static func embedding(
    _ c: ViTConfiguration, grid: MapSize, read: TensorReader
  ) throws -> [Float] {
    let own = c.grid(height: c.imageSize[0], width: c.imageSize[1])
    let classRows = c.classPosition ? 1 : 0
    let positions = try read("pos_embed", [own.rows * own.columns + classRows, c.width])
    var rows: [Float] = []
    if c.classToken {
      rows = try read("cls_token", [c.width])
      if c.classPosition {
        for i in 0..<c.width { rows[i] += positions[i] }
      }
    }
    if c.registerTokens > 0 { rows += try read("register_tokens", [c.registerTokens, c.width]) }
    return rows
      + PositionEmbedding.resize(
        Array(positions[(classRows * c.width)...]), width: c.width, from: own,
        to: (grid.height, grid.width),
        method: c.positionResize)
  }
}
