import MISTEdge
import MISTModels

/// DINOv3 vision transformers: no position embedding, and queries and keys turned by the places of their patches.
enum DINOv3Backbone: TransformerArchitecture {
  typealias Configuration = DINOv3Configuration

  /// As `TransformerBackbone`'s initialiser.
  static func make(
    _ c: DINOv3Configuration, imageSize: MapSize? = nil, depth: Int? = nil,
    kernels: ProductKernels = .automatic, classification: ImageClassification? = nil,
    calibration: CalibrationRun? = nil, read: TensorReader
  ) throws -> TransformerBackbone {
    try TransformerBackbone(
      c, imageSize: imageSize, depth: depth, kernels: kernels, classification: classification,
      calibration: calibration, read: read,
      qkvBias: { block in
        guard c.queryValueBias else { return nil }
        let parts = try ["q", "v"].map { try read("blocks.\(block).attn.\($0).bias", [c.width]) }
        return parts[0] + [Float](repeating: 0, count: c.width) + parts[1]
      },
      parts: { grid in
        let periods = c.storedPeriods ? try read("rope.periods", [c.periodCount]) : c.periods
        var embedding = try read("cls_token", [c.width])
        if c.registerTokens > 0 { embedding += try read("register_tokens", [c.registerTokens, c.width]) }
        embedding += [Float](repeating: 0, count: grid.count * c.width)
        return TransformerParts(
          embedding: embedding,
          rotation: Rotation(
            angles: DINOv3Configuration.angles(on: grid, periods: periods), prefix: c.prefixTokens,
            width: c.width, heads: c.heads))
      })
  }
}
