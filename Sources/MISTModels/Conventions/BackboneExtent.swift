import MISTFormats

/// What lies inside the backbone that a convention's names behind a prefix describe.
struct BackboneExtent {
  private let convention: Convention
  private let prefix: PrefixStack
  private let table: NameTable
  /// Beginnings of names, numbers as `#`: a block's (`blocks.#.`), or a module's first component (`patch_embed.`).
  private let modules: Set<String>

  /// - Parameter table: Of the convention's names.
  init(_ convention: Convention, _ prefix: PrefixStack, _ table: NameTable) {
    self.convention = convention
    self.prefix = prefix
    self.table = table
    let inside = convention.rows.filter { !$0.isBeside && !$0.presence.isBehindBackbone }
    modules = Set(inside.flatMap(\.foreign).compactMap { Self.module(of: $0, convention.separator) })
  }

  /// Whether the tensor `name` lies inside: in a place of the table, or in a module or list of blocks that the table has places in.
  /// Such a tensor takes part in what the backbone computes, so it cannot be left out, known or not. Heads, decoders, other networks and
  /// what training keeps lie outside.
  func holds(_ name: String) -> Bool {
    guard let inner = prefix.strip(name), !isNeutral(inner, whole: name) else { return false }
    let rows = table.matches(inner).map { convention.rows[$0.entry.row] }
    if rows.contains(where: { !$0.isBeside && !$0.presence.isBehindBackbone }) { return true }
    if !rows.isEmpty { return false }
    let skeleton = NamePattern.skeleton(inner)
    return modules.contains(where: skeleton.hasPrefix) || Self.saysToken(inner, convention.separator)
  }

  /// Whether the convention knows that the backbone does not need it, or it is a buffer that only counts.
  private func isNeutral(_ inner: String, whole: String) -> Bool {
    if ["num_batches_tracked", "position_ids"].contains(where: inner.hasSuffix) { return true }
    let readings = prefix.readings(of: whole)
    return convention.ignored.contains { glob in
      readings.contains { NamePattern.matches($0, glob: glob) }
    }
  }

  /// The beginning of a place's name: up to the number of the block, or the first component; nil where nothing follows it.
  private static func module(of foreign: String, _ separator: Character) -> String? {
    let pattern = NamePattern.skeleton(foreign)
    let end =
      pattern.firstIndex(of: "#").map { pattern.index(after: $0) } ?? pattern.firstIndex(of: separator)
    guard let end, end < pattern.endIndex else { return nil }
    return pattern[..<end] + String(separator)
  }

  /// What parameters and modules beside the blocks are called that put something into the tokens.
  private static let words = [
    "token", "pos", "rope", "rel", "embed", "embedding", "embeddings", "stem", "patch", "pre",
    "relative",
  ]
  /// What modules behind or beside a backbone are called.
  private static let outer = [
    "head", "decode", "decoder", "classifier", "mask", "aux", "auxiliary", "proj", "projector", "predictor",
    "neck", "fc", "text", "teacher", "momentum", "optimizer", "ema", "dec", "logits",
  ]

  /// Whether the first component of an unknown name says that it adds to the tokens, as `dist_token` and `rel_pos_bias` do.
  private static func saysToken(_ inner: String, _ separator: Character) -> Bool {
    let first = inner.prefix { $0 != separator }.lowercased()
    let parts = first.split(separator: "_").map(String.init)
    guard let start = parts.first, !outer.contains(start) else { return false }
    return parts.contains(where: words.contains) && !parts.contains(where: ["head", "logits"].contains)
  }
}

extension Presence {
  /// Whether its tensors stand behind the backbone, where they can be left out.
  var isBehindBackbone: Bool {
    [.classifier, .decodeHead, .batchNorm, .foldedBatchNorm].contains(self)
  }
}

extension Reading {
  /// Whether a tensor lies inside the backbone that the reading's names describe.
  func isInside(_ name: String) -> Bool {
    BackboneExtent(convention, prefix, NameTable(foreign: convention)).holds(name)
  }

  /// Throws `convert.needed-tensor` where `--ignore` names a tensor inside the backbone.
  func refuseWithheld(file: String) throws {
    guard let (name, glob) = withheld.first else { return }
    throw MISTError(
      .convertNeededTensor, file: file, at: "tensor \(quoted(name))",
      "--ignore \(glob) would leave it out"
        + (withheld.count > 1 ? " with \(withheld.count - 1) others" : "")
        + ", and it lies inside the backbone, which would compute something else without it",
      advice: "leave out only what lies behind the backbone or beside it, such as 'head.*'")
  }
}
