import MISTModels

/// Models and preprocessing in a line.
enum ModelText {
  /// The model's lines of a report: a SegFormer has one per stage.
  static func print(_ c: ModelConfiguration) {
    Console.line("model          \(describe(c))")
    if case .segformer(let c) = c {
      for (s, stage) in c.stages.enumerated() { Console.line("stage \(s + 1)        \(describe(stage))") }
      if let head = c.decodeHead { Console.line("decode head    \(describe(head))") }
    }
    if let classifier = c.classifier { Console.line("classifier     \(describe(classifier))") }
    Console.line("norms          \(norms(c))")
  }

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
    "SegFormer, \(c.depth) blocks in \(c.stages.count) stages"
      + (c.decodeHead == nil && c.classifier == nil ? ", no decode head" : "")
  }

  static func describe(_ s: SegFormerConfiguration.Stage) -> String {
    "\(s.depth) \(s.depth == 1 ? "block" : "blocks") of width \(s.width), \(s.heads) \(s.heads == 1 ? "head" : "heads"), MLP of \(s.mlpWidth), "
      + "patch \(s.patchSize) stride \(s.stride), "
      + (s.reduction > 1 ? "keys and values reduced by \(s.reduction)" : "keys and values not reduced")
  }

  static func describe(_ h: SegFormerConfiguration.DecodeHead) -> String {
    (h.kind == .linear ? "all-MLP" : "mmsegmentation's (batch norm and ReLU per level)")
      + " of width \(h.width), \(h.classes) classes, "
      + (h.batchNorm ? "batch norm with epsilon \(h.batchNormEpsilon)" : "batch norm folded")
  }

  static func describe(_ classifier: ImageClassifier) -> String {
    let input =
      switch classifier.input {
      case .classToken: "the class token"
      case .mean: "the mean of the patches"
      case .classTokenAndMean: "the class token and the mean of the patches"
      }
    return "\(classifier.classes) classes, from \(input)"
  }

  /// The first few names.
  static func classes(_ names: [String]) -> String {
    let shown = names.prefix(6).map { $0.unicodeScalars.contains { $0.value < 0x20 } ? "?" : $0 }
    return "\(names.count): \(shown.joined(separator: "; "))" + (names.count > 6 ? "; …" : "")
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
