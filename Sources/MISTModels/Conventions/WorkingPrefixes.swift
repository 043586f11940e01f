import MISTFormats

/// The prefixes below which a file holds a whole model under the names of a convention, but for a few strangers: what `--prefix` can be.
struct WorkingPrefixes {
  /// In file order.
  let found: [(prefix: PrefixStack, convention: Convention)]

  /// Prefixes tried for each convention; a file with more networks is told of these.
  private static let most = 8
  /// Share of fitting names from which a model is taken for whole.
  private static let threshold = 0.9

  init(_ tensors: [TensorInfo], _ conventions: [Convention], ignoring globs: [String]) {
    let wrapped = Self.wrapped(tensors)
    var found: [(prefix: PrefixStack, convention: Convention)] = []
    for convention in conventions {
      for prefix in Self.prefixes(tensors, convention, wrapped, any: true).prefix(Self.most)
      where !found.contains(where: { $0.prefix == prefix }) {
        let reading = Reading(
          tensors, convention: convention, prefix: prefix, ignoring: globs, isChosen: true)
        if reading.hasMarker(), reading.score >= Self.threshold { found.append((prefix, convention)) }
      }
    }
    let order = found.map { item in
      tensors.firstIndex { $0.name.hasPrefix(item.prefix.text) } ?? tensors.count
    }
    self.found = zip(order, found).sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// Which of the tensors may have wrappers in their names: asked once, because few have.
  static func wrapped(_ tensors: [TensorInfo]) -> [Bool] { tensors.map { TrainingName.mayDiffer($0.name) } }

  /// Prefixes in front of the convention's few unmistakable names, of known components unless they may be `any`. Looking for
  /// several names finds the prefix even when one of them is misspelt.
  static func prefixes(
    _ tensors: [TensorInfo], _ convention: Convention, _ wrapped: [Bool], any: Bool = false
  ) -> [PrefixStack] {
    let anchors = convention.family.anchors
      .flatMap { canonical in convention.rows.filter { $0.canonical == canonical }.flatMap(\.foreign) }
      .map { NamePattern.name($0, at: NameIndex(stage: 0, block: 0)) }
    var found: [PrefixStack] = []
    for (tensor, isWrapped) in zip(tensors, wrapped) {
      for anchor in anchors {
        if let prefix = PrefixStack(of: tensor.name, before: anchor, isWrapped: isWrapped, any: any),
          !found.contains(prefix)
        {
          found.append(prefix)
        }
      }
    }
    return found
  }

  /// The error about a file that is no one model; nil where there is no prefix to say.
  func error(_ code: ErrorCode, file: String) -> MISTError? {
    let named = found.filter { !$0.prefix.text.isEmpty }
    let prefixes = named.map { quoted($0.prefix.text) }
    guard let first = prefixes.first, let last = prefixes.last else { return nil }
    let places = prefixes.count == 1 ? first : prefixes.dropLast().joined(separator: ", ") + " and " + last
    let names = Set(named.map(\.convention.name)).sorted().joined(separator: " and ")
    return MISTError(
      code, file: file,
      "its tensor names as a whole are no one model's; below \(places) they are \(prefixes.count == 1 ? "one" : "each one"), "
        + "of convention \(names)",
      advice: prefixes.count == 1
        ? "give --prefix \(first)" : "choose one with --prefix, such as --prefix \(first)")
  }
}
