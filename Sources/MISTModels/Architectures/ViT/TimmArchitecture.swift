/// One of timm's registered vision transformers, by the arguments that its function passes on. Anything else about a model
/// is said by `model_args`; only the epsilon and the gated MLP cannot be.
struct TimmArchitecture {
  let name: String
  let width, depth, heads, patchSize: Int
  var epsilon: Float = 1e-6
  var mlp = ViTConfiguration.MLP.gelu
  var layerScale = false
  var registerTokens = 0
  var preNorm = false

  private static let plain: [TimmArchitecture] = [
    .init(name: "vit_base_patch16_224", width: 768, depth: 12, heads: 12, patchSize: 16),
    .init(name: "vit_base_patch32_224", width: 768, depth: 12, heads: 12, patchSize: 32),
    .init(name: "vit_base_patch8_224", width: 768, depth: 12, heads: 12, patchSize: 8),
    .init(name: "vit_tiny_patch16_224", width: 192, depth: 12, heads: 3, patchSize: 16),
    .init(name: "vit_small_patch16_224", width: 384, depth: 12, heads: 6, patchSize: 16),
    .init(name: "vit_small_patch32_224", width: 384, depth: 12, heads: 6, patchSize: 32),
    .init(name: "vit_large_patch16_224", width: 1024, depth: 24, heads: 16, patchSize: 16),
    .init(name: "vit_large_patch32_224", width: 1024, depth: 24, heads: 16, patchSize: 32),
    .init(name: "vit_large_patch14_224", width: 1024, depth: 24, heads: 16, patchSize: 14),
    .init(name: "vit_huge_patch14_224", width: 1280, depth: 32, heads: 16, patchSize: 14),
  ]

  private static let dinov2: [TimmArchitecture] = [0, 4].flatMap { registers in
    [("small", 384, 12, 6), ("base", 768, 12, 12), ("large", 1024, 24, 16), ("giant", 1536, 40, 24)].map {
      TimmArchitecture(
        name: "vit_\($0.0)_patch14_" + (registers > 0 ? "reg4_dinov2" : "dinov2"), width: $0.1, depth: $0.2,
        heads: $0.3, patchSize: 14, mlp: $0.0 == "giant" ? .swiglu : .gelu, layerScale: true,
        registerTokens: registers)
    }
  }

  /// With PyTorch's own LayerNorm.
  private static let clip: [TimmArchitecture] = [
    .init(
      name: "vit_base_patch16_clip_224", width: 768, depth: 12, heads: 12, patchSize: 16, epsilon: 1e-5,
      preNorm: true),
    .init(
      name: "vit_base_patch32_clip_224", width: 768, depth: 12, heads: 12, patchSize: 32, epsilon: 1e-5,
      preNorm: true),
    .init(
      name: "vit_large_patch14_clip_224", width: 1024, depth: 24, heads: 16, patchSize: 14, epsilon: 1e-5,
      preNorm: true
    ),
  ]

  /// The architecture with the model's MLP and, if there is one, its epsilon, that needs the fewest arguments.
  static func nearest(to c: ViTConfiguration) -> TimmArchitecture {
    let all = (plain + dinov2 + clip).filter { $0.mlp == c.mlp }
    let same = all.filter { $0.epsilon == c.epsilon.block }
    let usual = all.filter { $0.epsilon == 1e-6 }
    return (same.isEmpty ? usual : same).min { $0.arguments(for: c).count < $1.arguments(for: c).count }
      ?? plain[0]
  }

  /// `model_args` for `c`, without the image size: what differs from this architecture.
  func arguments(for c: ViTConfiguration) -> [(String, JSONText)] {
    let hidden = c.mlp == .swiglu ? 2 * c.mlpWidth : c.mlpWidth
    // What int(width · ratio) makes of the function's own ratio: 4, or in DINOv2's giant 2.66667 · 2.
    let usual = Int(Double(c.width) * (mlp == .swiglu ? 2.66667 * 2 : 4))
    var list: [(String, JSONText)] = []
    func add(_ name: String, _ value: JSONText, if differs: Bool) {
      if differs { list.append((name, value)) }
    }
    add("patch_size", .int(c.patchSize), if: c.patchSize != patchSize)
    add("embed_dim", .int(c.width), if: c.width != width)
    add("depth", .int(c.depth), if: c.depth != depth)
    add("num_heads", .int(c.heads), if: c.heads != heads)
    add("mlp_ratio", .double(Self.ratio(hidden, c.width)), if: hidden != usual)
    add("qkv_bias", .flag(false), if: !c.qkvBias)
    // Zero is timm's word for none where the function itself has some.
    add("init_values", .double(c.layerScale ? 1e-5 : 0), if: c.layerScale != layerScale)
    add("pre_norm", .flag(c.preNorm), if: c.preNorm != preNorm)
    add("reg_tokens", .int(c.registerTokens), if: c.registerTokens != registerTokens)
    let noEmbedClass = c.classToken && !c.classPosition || c.registerTokens > 0
    add("no_embed_class", .flag(noEmbedClass), if: noEmbedClass != (registerTokens > 0))
    if !c.classToken { list.append(("class_token", .flag(false))) }
    // Its pooling by the mean has a norm of its own after it, unless told otherwise.
    if !c.classToken || c.classifier?.input == .mean {
      list += [("global_pool", .text("avg")), ("fc_norm", .flag(false))]
    }
    return list
  }

  /// A ratio with `int(width · ratio) == hidden`.
  private static func ratio(_ hidden: Int, _ width: Int) -> Double {
    var ratio = Double(hidden) / Double(width)
    while Int(Double(width) * ratio) < hidden { ratio = ratio.nextUp }
    return ratio
  }
}
