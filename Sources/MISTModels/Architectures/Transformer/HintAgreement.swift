import MISTFormats

extension [ConfigurationHints] {
  /// Compares what hints say with a configuration that the tensors show.
  /// `heads` are the attention heads, where the tensors show them.
  /// Throws `convert.configuration-mismatch`, naming who contradicts.
  func check(_ c: some TransformerConfiguration, heads: Int?, file: String) throws {
    for hint in self {
      let pairs: [(String, Int?, Int)] = [
        ("width", hint.width, c.width), ("depth", hint.depth, c.depth),
        ("number of heads", heads == nil ? nil : hint.heads, c.heads),
        ("patch size", hint.patchSize, c.patchSize),
        ("MLP width", c.mlp == .gelu ? hint.mlpWidth : nil, c.mlpWidth),
        ("number of register tokens", hint.registerTokens, c.registerTokens),
        ("number of classes", c.classifier == nil ? nil : hint.classCount, c.classifier?.classes ?? 0),
      ]
      for (what, said, shown) in pairs {
        if let said, said != shown {
          throw MISTError(
            .convertConfigurationMismatch, file: file,
            "\(hint.origin) says a \(what) of \(said), the tensors show \(shown)",
            advice: "some of its tensors are missing, or \(hint.origin) belongs to another model")
        }
      }
      // A gated MLP is computed with a SiLU, a plain one with a GELU, and that is what the activation must be.
      if let said = hint.mlp, said != c.mlp {
        throw MISTError(
          .convertUnsupportedModel, file: file,
          "\(hint.origin) gives its MLP a \(said == .gelu ? "GELU" : "SiLU"), and the tensors show \(c.mlp == .gelu ? "a plain MLP, which needs a GELU" : "a gated MLP, which needs a SiLU")"
        )
      }
      if let said = hint.classToken, said != c.classToken {
        throw MISTError(
          .convertConfigurationMismatch, file: file,
          "\(hint.origin) says that there is \(said ? "a" : "no") class token, the tensors show the opposite")
      }
    }
  }
}
