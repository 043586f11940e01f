import MISTFormats

extension [ConfigurationHints] {
  /// Compares what hints say about the parts that a plain vision transformer may have with those that its tensors show.
  /// Throws `convert.configuration-mismatch`, naming who contradicts.
  func checkParts(_ c: ViTConfiguration, file: String) throws {
    for hint in self {
      let parts: [(String, Bool?, Bool)] = [
        ("a norm before the first block", hint.preNorm, c.preNorm),
        ("scales after attention and MLP", hint.layerScale, c.layerScale),
        ("biases of queries, keys and values", hint.qkvBias, c.qkvBias),
        // Where there are registers, positions are the class token's only if that is stored with them.
        ("a position for the class token", c.classToken ? hint.classPosition : nil, c.classPosition),
      ]
      for (what, said, shown) in parts {
        if let said, said != shown {
          throw MISTError(
            .convertConfigurationMismatch, file: file,
            "\(hint.origin) says that it \(said ? "has" : "lacks") \(what), the tensors show the opposite",
            advice: "some of its tensors are missing, or \(hint.origin) belongs to another model")
        }
      }
    }
  }
}
