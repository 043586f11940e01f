import Foundation
import MISTEdge
import MISTFormats
import MISTModels
import TestSupport

@testable import MISTBackbone

/// A model of `Fixtures/vit` read by its canonical names through a short table of its own, so that these tests depend on
/// no conversion.
struct FixtureModel: Sendable {
  let folder: String
  let configuration: ViTConfiguration
  private let archive: SafetensorsArchive
  private let sources: @Sendable (String) -> [String]

  func backbone(
    imageSize: (height: Int, width: Int)? = nil, depth: Int? = nil, backend: ProductBackend,
    precision: Precision = .f32, calibration: CalibrationInputs? = nil
  ) throws -> TransformerBackbone {
    let run = try calibration.map {
      try CalibrationRun(backbone(imageSize: imageSize, depth: depth, backend: backend), $0)
    }
    return try ViTBackbone.make(
      configuration, imageSize: imageSize.map { MapSize(height: $0.height, width: $0.width) },
      depth: depth, kernels: ProductKernels(backend: backend, precision: precision),
      calibration: run, read: TensorReader { try read($0, shape: $1) })
  }

  func verify(
    _ golden: GoldenFile, _ backend: ProductBackend, _ precision: Precision = .f32,
    calibration: CalibrationInputs? = nil
  ) throws -> Verification {
    let catalog = TokenCatalog(configuration)
    let tensors = try GoldenTensors(golden, catalog)
    try tensors.check(golden, catalog)
    return try Verification(
      backbone(
        imageSize: (golden.height, golden.width), backend: backend, precision: precision,
        calibration: calibration), catalog, golden, tensors, tolerance: PrecisionTolerance.of(precision))
  }

  func golden(_ file: String = "golden.safetensors") throws -> GoldenFile {
    try GoldenFile(path: Fixture.path("vit/\(folder)/\(file)"))
  }

  /// A tensor by its canonical name: its source, or several concatenated; zeros for a bias the source does not have.
  func read(_ name: String, shape: [Int]) throws -> [Float] {
    let count = shape.reduce(1, *)
    var values: [Float] = []
    for source in sources(name) where archive.info(source) != nil {
      values += try archive.withBytes(of: source) { try FloatConversion.floats($0, dtype: .f32) }
    }
    if values.isEmpty && name.hasSuffix("bias") { return [Float](repeating: 0, count: count) }
    guard values.count == count else {
      throw MISTError(.tensorNotFound, at: name, "found \(values.count) values")
    }
    return values
  }

  static func timm(
    _ folder: String, prefix: String = "", _ change: (inout ViTConfiguration) -> Void = { _ in }
  ) throws
    -> FixtureModel
  {
    var c = ViTConfiguration(
      width: 24, depth: 3, heads: 3, mlpWidth: 96, patchSize: 8, imageSize: [32, 32],
      positionResize: .bicubicAntialiased)
    change(&c)
    return try FixtureModel(folder, c) { name in
      var source = name.replacingOccurrences(of: "patch_embed.", with: "patch_embed.proj.")
      source = source.replacingOccurrences(of: "pre_norm", with: "norm_pre")
      source = source.replacingOccurrences(of: "final_norm", with: "norm")
      source = source.replacingOccurrences(of: "register_tokens", with: "reg_token")
      if source.hasSuffix("ls1") || source.hasSuffix("ls2") { source += ".gamma" }
      let gate = source.replacingOccurrences(of: "fc1.", with: "fc1_g.")
      let value = source.replacingOccurrences(of: "fc1.", with: "fc1_x.")
      return (gate == source ? [source] : [source, gate, value]).map { prefix + $0 }
    }
  }

  static func huggingFace(_ folder: String, _ change: (inout ViTConfiguration) -> Void = { _ in }) throws
    -> FixtureModel
  {
    var c = ViTConfiguration(width: 24, depth: 3, heads: 3, mlpWidth: 96, patchSize: 8, imageSize: [32, 32])
    change(&c)
    return try FixtureModel(folder, c) { name in
      if name.contains("attn.qkv") {
        let block = name.replacingOccurrences(of: "blocks", with: "encoder.layer")
        return ["query", "key", "value"].map {
          block.replacingOccurrences(of: "attn.qkv", with: "attention.attention.\($0)")
        }
      }
      var source = name.replacingOccurrences(of: "attn.proj", with: "attention.output.dense")
      for (canonical, foreign) in [
        ("patch_embed", "embeddings.patch_embeddings.projection"), ("cls_token", "embeddings.cls_token"),
        ("register_tokens", "embeddings.register_tokens"), ("pos_embed", "embeddings.position_embeddings"),
        ("final_norm", "layernorm"), ("blocks", "encoder.layer"),
        ("ls1", "layer_scale1.lambda1"), ("ls2", "layer_scale2.lambda1"),
      ] {
        source = source.replacingOccurrences(of: canonical, with: foreign)
      }
      // ViT and DINOv2, plain and gated, name these differently.
      return [
        source, source.replacingOccurrences(of: "mlp.fc1", with: "mlp.weights_in"),
        source.replacingOccurrences(of: "mlp.fc2", with: "mlp.weights_out"),
        source.replacingOccurrences(of: "mlp.fc1", with: "intermediate.dense"),
        source.replacingOccurrences(of: "mlp.fc2", with: "output.dense"),
        source.replacingOccurrences(of: "norm1", with: "layernorm_before"),
        source.replacingOccurrences(of: "norm2", with: "layernorm_after"),
      ].reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
  }

  private init(
    _ folder: String, _ configuration: ViTConfiguration, _ sources: @escaping @Sendable (String) -> [String]
  ) throws {
    self.folder = folder
    self.configuration = configuration
    self.sources = sources
    archive = try SafetensorsArchive(path: Fixture.path("vit/\(folder)/model.safetensors"))
  }

  /// Every variant of the architecture that the fixtures have.
  static func named(_ folder: String) throws -> FixtureModel {
    switch folder {
    case "timm-vit": try timm(folder)
    case "timm-dinov2-reg":
      try timm(folder) {
        $0.mlp = .swiglu
        $0.mlpWidth = 64
        $0.layerScale = true
        $0.registerTokens = 4
        $0.classPosition = false
      }
    case "timm-swiglu":
      try timm(folder) {
        $0.mlp = .swiglu
        $0.mlpWidth = 72
      }
    case "timm-prenorm":
      try timm(folder, prefix: "module.backbone.") {
        $0.preNorm = true
        $0.qkvBias = false
        $0.epsilon = .init(all: 1e-5)
      }
    case "hf-vit": try huggingFace(folder) { $0.epsilon = .init(all: 1e-12) }
    case "hf-dinov2": try huggingFace(folder) { $0.layerScale = true }
    default:
      try huggingFace("hf-dinov2-registers") {
        $0.mlp = .swiglu
        $0.mlpWidth = 64
        $0.layerScale = true
        $0.registerTokens = 4
      }
    }
  }
}
