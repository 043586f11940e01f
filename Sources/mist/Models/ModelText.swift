import MISTModels

/// Models and preprocessing in a line.
enum ModelText {
  static func describe(_ c: ModelConfiguration) -> String {
    switch c {
    case .vit(let c): describe(c)
    case .segformer(let c): describe(c)
    }
  }

  static func norms(_ c: ModelConfiguration) -> String {
    switch c {
    case .vit(let c): norms(c)
    case .segformer(let c):
      "epsilon \(c.epsilon.block) in blocks, \(c.epsilon.patch) after patch embeddings, \(c.epsilon.reduction) after "
        + "reductions, \(c.epsilon.stage) after stages"
    }
  }

  static func describe(_ c: SegFormerConfiguration) -> String {
    func list(_ value: (SegFormerConfiguration.Stage) -> Int) -> String {
      c.stages.map { "\(value($0))" }.joined(separator: " ")
    }
    let head =
      c.decodeHead.map { "decode head of width \($0.width), \($0.classes) classes" } ?? "no decode head"
    return
      "SegFormer, \(c.depth) blocks (\(list { $0.depth })) of width \(list { $0.width }), heads \(list { $0.heads }), "
      + "reduction \(list { $0.reduction }), \(head)"
  }

  static func describe(_ c: ViTConfiguration) -> String {
    var parts = [
      "ViT, \(c.depth) blocks of width \(c.width), \(c.heads) heads, \(c.mlp.rawValue) MLP of \(c.mlpWidth)",
      "patch \(c.patchSize)", "\(c.imageSize[0]) x \(c.imageSize[1]) pixels",
      "\(c.tokens(height: c.imageSize[0], width: c.imageSize[1])) tokens",
    ]
    if !c.classToken { parts.append("no class token") }
    if c.registerTokens > 0 { parts.append("\(c.registerTokens) registers") }
    if c.layerScale { parts.append("layer scale") }
    if c.preNorm { parts.append("pre-norm") }
    if !c.qkvBias { parts.append("no qkv bias") }
    return parts.joined(separator: ", ")
  }

  static func norms(_ c: ViTConfiguration) -> String {
    "epsilon \(c.epsilon.block) in blocks, \(c.epsilon.final) at the end"
      + (c.preNorm ? ", \(c.epsilon.preNorm) before" : "")
      + "; positions resized by \(c.positionResize.rawValue)"
  }

  static func describe(_ p: Preprocessing) -> String {
    let resize: String
    switch p.resize {
    case .exact(let height, let width): resize = "exactly \(height) x \(width)"
    case .shortestEdge(let edge): resize = "shortest edge \(edge)"
    }
    let crop = p.crop.map { ", centre crop \($0[0]) x \($0[1])" } ?? ""
    let list = { (values: [Float]) in values.map { "\($0)" }.joined(separator: " ") }
    return "\(resize) \(p.interpolation.rawValue)\(crop), mean \(list(p.mean)), std \(list(p.std))"
  }
}
