import MISTFormats

/// What timm's name of a vision transformer says that neither its arguments nor its tensors do: the function that registers a name
/// passes on arguments of its own, such as an activation, and they are not written into `config.json`.
struct TimmName {
  /// The epsilon of every norm.
  var epsilon: Float = 1e-6
  /// Whether the MLP's activation is a SiLU, which a gated one needs; else it is the error function's GELU.
  var isSiLU = false
  /// False where the name stands for a class token without a position.
  var classPosition: Bool?
  /// Register tokens, where the name counts them.
  var registerTokens: Int?

  /// Words of names whose models are plain: sizes, pools, data and ways of training; and what tensors show anyway.
  private static let plain: Set<String> = [
    "vit", "deit", "deit3", "flexivit", "test",
    "tiny", "little", "xsmall", "small", "medium", "mediumd", "betwixt", "base", "large", "huge", "giant",
    "gigantic", "wee", "nano", "micro", "mini", "so150m", "so150m2", "so400m", "plus",
    "toy", "gap", "map", "clip", "siglip", "dinov2", "dino", "mae", "msn", "tipsv2", "miil", "sam", "augreg",
    "in1k",
    "in12k", "in21k", "in22k", "ft", "laion2b", "prenorm", "swiglu", "36x1",
  ]

  /// Words that say what else a model computes.
  private static let others: [String: String] = [
    "quickgelu": "uses the quick GELU, and only the error function's GELU is supported",
    "rpn": "normalises what attention and MLP give instead of what they take",
    "xp": "computes attention and MLP side by side", "pwee": "computes attention and MLP side by side",
    "18x2": "computes two attentions side by side", "dpwee": "subtracts attentions from each other",
    "dwee": "subtracts attentions from each other", "dlittle": "subtracts attentions from each other",
    "relpos": "has biases of relative positions", "srelpos": "has biases of relative positions",
    "rope": "turns queries and keys by the places of their patches",
    "distilled": "has a distillation token", "intern300m": "has no norm after the last block",
    "radio": "has no norm after the last block", "samvit": "attends within windows, by relative positions",
    "aimv2": "has RMS norms", "beit3": "normalises within attention and MLP",
    "beit": "has biases of relative positions", "beitv2": "has biases of relative positions",
    "eva02": "turns queries and keys by the places of their patches", "eva": "is an EVA",
    "naflexvit": "embeds patches by a linear layer",
  ]

  /// Throws `convert.unsupported-model` for a name that is not known to be of a plain vision transformer: what it computes cannot
  /// be known.
  init(_ json: ForeignJSON) throws {
    // What follows a point is the training data.
    let name = json.timmArchitecture.split(separator: ".").first.map(String.init) ?? ""
    guard !name.isEmpty else { return }
    func unsupported(_ problem: String, advice: String? = nil) -> MISTError {
      MISTError(
        .convertUnsupportedModel, file: json.file, at: "architecture", "\(quoted(name)) \(problem)",
        advice: advice)
    }
    let words = name.split(separator: "_").map(String.init)
    // The two of EVA's that are plain.
    let isPlainEVA = name.hasPrefix("eva_large_patch14_")
    if let word = words.first(where: { Self.others[$0] != nil }), let problem = Self.others[word], !isPlainEVA
    {
      throw unsupported(problem)
    }
    guard isPlainEVA || ["vit", "deit", "deit3", "flexivit", "test"].contains(words.first),
      words.dropFirst().allSatisfy(Self.isPlain)
    else {
      throw unsupported(
        "is not known here, so what its blocks compute is not known",
        advice:
          "if it is a plain pre-norm vision transformer, put the name of one there, such as 'vit_base_patch16_224'"
      )
    }
    if words.contains("siglip"), Self.hasTanh(words) {
      throw unsupported(
        "uses the tanh approximation of the GELU, and only the error function's GELU is supported")
    }
    if words.contains("clip") { epsilon = 1e-5 }
    isSiLU = words.contains("giant") && (words.contains("dinov2") || words.contains("tipsv2"))
    if ["deit3", "flexivit"].contains(words.first) { classPosition = false }
    registerTokens = words.lazy.compactMap { Self.number($0, after: "reg") }.first
  }

  /// Whether a SigLIP has the activation that it was trained with; timm gives those of its first files the other one.
  private static func hasTanh(_ words: [String]) -> Bool {
    if words.contains("base") { return !words.contains("patch16") }
    if words.contains("large") { return !(words.contains("patch16") && !words.contains("512")) }
    return !(words.contains("so400m") && words.contains("patch14"))
  }

  private static func isPlain(_ word: String) -> Bool {
    plain.contains(word) || Int(word) != nil
      || ["patch", "reg", "vit"].contains { number(word, after: $0) != nil }
  }

  private static func number(_ word: String, after prefix: String) -> Int? {
    guard word.hasPrefix(prefix) else { return nil }
    let digits = word.dropFirst(prefix.count)
    return !digits.isEmpty && digits.allSatisfy(\.isNumber) ? Int(digits) : nil
  }
}
