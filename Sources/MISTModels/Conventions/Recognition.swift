import MISTFormats

/// Which convention a file's names follow.
package struct Recognition: Sendable {
  package let convention: Convention
  package let prefix: PrefixStack
  /// For people: how many names fit.
  package let reason: String
  let reading: Reading

  /// Below this share of fitting names a file is not taken for a convention's.
  static let threshold = 0.5

  /// Finds the one convention and prefix that explain most of `archive`'s names. A convention, a prefix, and globs of
  /// tensors to leave out may be given.
  /// Throws `convert.unknown-convention` and `convert.ambiguous-convention`.
  package init(
    _ archive: any TensorArchive, convention: Convention? = nil, prefix: String? = nil,
    ignoring globs: [String] = []
  ) throws {
    let tensors = archive.tensors
    let candidates = convention.map { [$0] } ?? Convention.all
    var readings: [Reading] = []
    let wrapped = WorkingPrefixes.wrapped(tensors)
    for candidate in candidates {
      let prefixes =
        prefix.map { [PrefixStack($0, separator: candidate.separator)] }
        ?? WorkingPrefixes.prefixes(tensors, candidate, wrapped)
      readings += prefixes.map {
        Reading(tensors, convention: candidate, prefix: $0, ignoring: globs, isChosen: prefix != nil)
      }
    }
    readings = readings.filter { convention != nil || $0.hasMarker() }
    let ranked = readings.map { ($0.score, $0) }.sorted { $0.0 > $1.0 }
    func networks(_ code: ErrorCode, atLeast count: Int) -> MISTError? {
      let prefixes = WorkingPrefixes(tensors, candidates, ignoring: globs)
      return prefixes.found.count < count ? nil : prefixes.error(code, file: archive.path)
    }
    let tied = Self.best(of: ranked.prefix { $0.0 == ranked[0].0 }.map(\.1))
    if tied.count > 1, ranked[0].0 >= Self.threshold / 2 {
      throw networks(.convertAmbiguousConvention, atLeast: 2) ?? Self.ambiguous(archive, tied)
    }
    guard let score = ranked.first?.0, let best = tied.first,
      score >= Self.threshold || (convention != nil && !best.filled.isEmpty)
    else {
      // Names of which hardly any fits are near to nothing.
      throw networks(.convertUnknownConvention, atLeast: 1)
        ?? Self.unknown(archive, ranked.first.flatMap { $0.0 >= Self.threshold / 2 ? $0.1 : nil })
    }
    self.init(best, archive)
  }

  /// Tensors that have canonical names already, those of `table`: nothing is to be recognised.
  init(canonical archive: any TensorArchive, _ table: Convention, prefix: String?, ignoring globs: [String]) {
    self.init(
      Reading(
        archive.tensors, convention: table, prefix: PrefixStack(prefix ?? "", separator: table.separator),
        ignoring: globs), archive)
  }

  private init(_ best: Reading, _ archive: any TensorArchive) {
    convention = best.convention
    prefix = best.prefix
    let mapped = Set(best.filled.values.map(\.name)).count
    reason =
      "\(mapped) of \(archive.tensors.count) names are its own"
      + (best.ignored.isEmpty ? "" : ", \(best.ignored.count) it leaves out")
    reading = best
  }

  /// Of readings that explain as many names below one prefix, those that also know most of what the user leaves out.
  private static func best(of tied: [Reading]) -> [Reading] {
    guard Set(tied.map(\.prefix)).count == 1, let most = tied.map(\.knownLeftOut).max() else { return tied }
    return tied.filter { $0.knownLeftOut == most }
  }

  private static func ambiguous(_ archive: any TensorArchive, _ tied: [Reading]) -> MISTError {
    let names = tied.prefix(4).map {
      $0.convention.name + ($0.prefix.text.isEmpty ? "" : " below \(quoted($0.prefix.text))")
    }
    return MISTError(
      .convertAmbiguousConvention, file: archive.path,
      "\(names.joined(separator: " and ")) fit its tensor names equally well",
      advice: "choose with --convention and --prefix, and leave the rest out with --ignore")
  }

  private static func unknown(_ archive: any TensorArchive, _ nearest: Reading?) -> MISTError {
    let known = Convention.all.map(\.name).joined(separator: ", ")
    let examples = (nearest?.unmapped ?? archive.tensors).prefix(3).map { quoted($0.name) }.joined(
      separator: ", ")
    let most =
      nearest.map { "nearest is \($0.convention.name), which has no place for " } ?? "its names begin with "
    return MISTError(
      .convertUnknownConvention, file: archive.path,
      archive.tensors.isEmpty
        ? "it holds no tensors" : "its tensor names follow no known convention; \(most)\(examples)",
      advice: "known are \(known); a wrapper's prefix can be given with --prefix")
  }
}
