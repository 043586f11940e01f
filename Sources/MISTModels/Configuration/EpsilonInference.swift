import MISTFormats

/// Works out the epsilon of every norm site: from an option, the graph's own constants, a `config.json`, or the
/// convention's default, in this order. Which sites there are, each architecture says.
struct EpsilonInference {
  let reading: Reading
  let option: Float?
  /// What a `config.json` says of all norms.
  let said: Float?
  let file: String
  /// Epsilons that a graph shows, by foreign module name.
  let shown: [String: Float]

  init(_ reading: Reading, option: Float?, said: Float?, shown: [String: Float], file: String) {
    self.reading = reading
    self.option = option
    self.said = said
    self.shown = shown
    self.file = file
  }

  func assumption(_ epsilon: Float) -> String {
    "a LayerNorm epsilon of \(epsilon), \(reading.convention.name)'s default, where nothing else says it"
  }

  func agree(_ norm1: Float?, _ norm2: Float?) throws {
    guard let norm1, let norm2, norm1 != norm2 else { return }
    throw MISTError(
      .convertUnsupportedModel, file: file, at: "blocks",
      "the two norms of a block have different epsilons, \(norm1) and \(norm2), and one for both is supported"
    )
  }

  /// The epsilon that the graph shows at every norm of one canonical name, nil unless it shows all.
  func site(_ canonical: String, _ places: [NameIndex]) throws -> Float? {
    guard let foreign = reading.convention.row(canonical + ".weight")?.foreign.first else { return nil }
    let names = places.map { String(NamePattern.name(foreign, at: $0).dropLast(".weight".count)) }
    let values = names.map { shown[reading.prefix.text + $0] ?? shown[$0] }
    let distinct = Set(values.compactMap { $0 })
    if distinct.count > 1 {
      throw MISTError(
        .convertUnsupportedModel, file: file, at: canonical,
        "the blocks' norms have different epsilons, \(distinct.sorted()), and one for all blocks is supported"
      )
    }
    return values.contains { $0 == nil } ? nil : distinct.first
  }
}
