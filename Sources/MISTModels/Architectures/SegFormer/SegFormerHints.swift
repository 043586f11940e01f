import MISTFormats

/// What one source (the command line, a graph, a `config.json`) says about a SegFormer, each part only where it says it.
/// Lists have one value per stage.
struct SegFormerHints {
  /// For people: `config.json`, `--heads`, `the graph`.
  let origin: String
  var widths: [Int]?
  var depths: [Int]?
  var heads: [Int]?
  var reductions: [Int]?
  var mlpWidths: [Int]?
  var patchSizes: [Int]?
  var strides: [Int]?
  /// Of the decode head, where the model has one.
  var decoderWidth: Int?
  /// Of the decode head or classifier, where the model has one. Nil where they are only numbered.
  var classNames: [String]?
  var classCount: Int?
  var batchNormEpsilon: Float?
  /// What `config.json` calls the epsilon of the norms, which transformers does not use.
  var unusedEpsilon: Double?

  init(origin: String) { self.origin = origin }

  /// Compares what the hint says with a configuration that the tensors show.
  /// Throws `convert.configuration-mismatch`.
  func check(_ c: SegFormerConfiguration, file: String) throws {
    func mismatch(_ what: String, _ said: String, _ shown: String) -> MISTError {
      MISTError(
        .convertConfigurationMismatch, file: file,
        "\(origin) says \(what) \(said), the tensors show \(shown)",
        advice: "some of its tensors are missing, or \(origin) belongs to another model")
    }
    let lists: [(String, [Int]?, [Int])] = [
      ("hidden sizes", widths, c.stages.map(\.width)), ("depths", depths, c.stages.map(\.depth)),
      ("spatial reductions", reductions, c.stages.map(\.reduction)),
      ("MLP widths", mlpWidths, c.stages.map(\.mlpWidth)),
      ("patch sizes", patchSizes, c.stages.map(\.patchSize)),
    ]
    for (what, said, shown) in lists {
      if let said, said != shown { throw mismatch(what, "\(said)", "\(shown)") }
    }
    if let strides, strides.count != c.stages.count {
      throw mismatch("strides", "\(strides)", "\(c.stages.count) stages")
    }
    if let said = decoderWidth, let head = c.decodeHead, said != head.width {
      throw mismatch("a decoder width of", "\(said)", "\(head.width)")
    }
    if let said = classCount, let shown = c.decodeHead?.classes ?? c.classifier?.classes, said != shown {
      throw mismatch("a number of classes of", "\(said)", "\(shown)")
    }
  }
}

extension [SegFormerHints] {
  /// The first hint that says something.
  func first<T>(_ path: KeyPath<SegFormerHints, T?>) -> T? {
    for hint in self { if let value = hint[keyPath: path] { return value } }
    return nil
  }
}
