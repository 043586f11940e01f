/// What a forward pass over tokens gives, prepared once.
struct TokenPlan: Sendable {
  /// Rows of a tensor `[T, C]` that are the output `index`.
  struct Part: Sendable {
    let index: Int
    let rows: Range<Int>
  }

  let outputs: [BackboneOutput]
  let lastBlock: Int
  /// The deepest sum; −1 without any.
  let lastGather: Int
  /// Parts of the residual stream and of the sum, by depth.
  let blocks: [[Part]]
  let gathers: [[Part]]
  /// Outputs that are the class token and mean of F_i, by depth.
  let layers: [[Int]]
  /// Parts of the final norm's output.
  let finals: [Part]
  /// Outputs that are the classifier's scores.
  let logits: [Int]
  /// Tokens, from the first, of which the final norm is needed.
  let finalRows: Int

  /// For a model of `tokens` tokens. Throws `backbone.depth` and `backbone.architecture`.
  init(_ outputs: [BackboneOutput], _ catalog: TokenCatalog, tokens: Int) throws {
    var blocks = [[Part]](repeating: [], count: catalog.depth + 1)
    var gathers = blocks
    var layers = [[Int]](repeating: [], count: catalog.depth + 1)
    var finals: [Part] = []
    var logits: [Int] = []
    for (index, output) in outputs.enumerated() {
      try catalog.check(output)
      switch output {
      case .logits: logits.append(index)
      case .layer(let i): layers[i].append(index)
      case .finalTokens: finals.append(Part(index: index, rows: 0..<tokens))
      case .feature(let key):
        let part = Part(index: index, rows: key.level == nil ? 0..<tokens : catalog.prefix..<tokens)
        switch key.feature {
        case .block(let i): blocks[i].append(part)
        case .gather(let k): gathers[k].append(part)
        case .final: finals.append(key.level == nil ? Part(index: index, rows: 0..<1) : part)
        case .layerTokens, .ladder, .side: break
        }
      }
    }
    self.outputs = outputs
    lastBlock = outputs.map(catalog.lastBlock).max() ?? 0
    lastGather = gathers.lastIndex { !$0.isEmpty } ?? -1
    (self.blocks, self.gathers, self.layers) = (blocks, gathers, layers)
    (self.finals, self.logits) = (finals, logits)
    finalRows = logits.isEmpty ? finals.map(\.rows.upperBound).max() ?? 0 : tokens
  }
}
