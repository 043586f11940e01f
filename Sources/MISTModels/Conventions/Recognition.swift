import MISTFormats

/// Every source tensor seen through one convention and one prefix.
struct Reading: Sendable {
  /// A place in the convention's table.
  struct Place: Hashable, Sendable {
    let row: Int
    let part: Int
    let block: Int?
  }

  let convention: Convention
  let prefix: PrefixStack
  /// What fills each place.
  private(set) var filled: [Place: TensorInfo] = [:]
  /// Tensors left out, with the pattern that says so.
  private(set) var ignored: [(tensor: TensorInfo, pattern: String)] = []
  private(set) var unmapped: [TensorInfo] = []
  /// Blocks that any name speaks of: 0 ..< depth.
  private(set) var depth = 0
  private var presences: Set<Presence> = []

  init(_ tensors: [TensorInfo], convention: Convention, prefix: PrefixStack, ignoring globs: [String]) {
    self.convention = convention
    self.prefix = prefix
    // The same foreign name may stand in several rows with different presence (`fc1` of a plain and a gated MLP).
    var places: [String: [(row: Int, part: Int)]] = [:]
    for (row, line) in convention.rows.enumerated() {
      for (part, name) in line.foreign.enumerated() { places[name, default: []].append((row, part)) }
    }
    for tensor in tensors {
      if let glob = globs.first(where: { NamePattern.matches(tensor.name, glob: $0) }) {
        ignored.append((tensor, "--ignore \(glob)"))
        continue
      }
      if let name = prefix.strip(tensor.name) {
        let (pattern, block) = NamePattern.generalise(name)
        if let found = places[pattern] {
          for (row, part) in found {
            filled[Place(row: row, part: part, block: block)] = tensor
            presences.insert(convention.rows[row].presence)
          }
          if let block { depth = max(depth, block + 1) }
          continue
        }
      }
      let readings = prefix.readings(of: tensor.name)
      if let pattern = convention.ignored.first(where: { glob in
        readings.contains { NamePattern.matches($0, glob: glob) }
      }) {
        ignored.append((tensor, pattern))
      } else {
        unmapped.append(tensor)
      }
    }
  }

  /// The tensor in a part of the first row with this canonical name that has one, for any block when `block` is nil.
  func tensor(_ canonical: String, part: Int = 0) -> TensorInfo? {
    for (row, line) in convention.rows.enumerated() where line.canonical == canonical {
      if !line.isPerBlock {
        if let found = filled[Place(row: row, part: part, block: nil)] { return found }
        continue
      }
      for block in 0..<depth {
        if let found = filled[Place(row: row, part: part, block: block)] { return found }
      }
    }
    return nil
  }

  /// Whether any name of a row with this presence occurs.
  func has(_ presence: Presence) -> Bool { presences.contains(presence) }

  /// Whether a row with this canonical name exists for `presence` and any of its names occurs.
  func hasMarker() -> Bool {
    convention.markers.isEmpty
      || convention.markers.contains { marker in
        ignored.contains { item in prefix.readings(of: item.tensor.name).contains(marker) }
          || convention.rows.enumerated().contains { row, line in
            line.foreign.firstIndex(of: marker).map { part in
              filled.keys.contains { $0.row == row && $0.part == part }
            } ?? false
          }
      }
  }

  /// Share of the names, found or expected, that found each other: 1 for a perfect fit.
  var score: Double {
    var expected = 0
    for line in convention.rows {
      let needed: Bool
      switch line.presence {
      case .always: needed = true
      case .noPreNorm: needed = !has(.preNorm)
      default: needed = has(line.presence)
      }
      if needed { expected += line.foreign.count * (line.isPerBlock ? max(1, depth) : 1) }
    }
    let names = Set(filled.values.map(\.name)).count
    return Double(names) / Double(max(1, max(expected, names) + unmapped.count))
  }
}

/// Which convention a file's names follow.
public struct Recognition: Sendable {
  public let convention: Convention
  public let prefix: PrefixStack
  /// For people: how many names fit.
  public let reason: String
  let reading: Reading

  /// Below this share of fitting names a file is not taken for a convention's.
  static let threshold = 0.5

  /// Finds the one convention and prefix that explain most of `archive`'s names. A convention, a prefix, and globs of
  /// tensors to leave out may be given.
  /// Throws `convert.unknown-convention` and `convert.ambiguous-convention`.
  public init(
    _ archive: any TensorArchive, convention: Convention? = nil, prefix: String? = nil,
    ignoring globs: [String] = []
  ) throws {
    let tensors = archive.tensors
    let candidates = convention.map { [$0] } ?? Convention.all
    var readings: [Reading] = []
    for candidate in candidates {
      let prefixes = prefix.map { [PrefixStack($0)] } ?? Self.prefixes(tensors, candidate)
      readings += prefixes.map { Reading(tensors, convention: candidate, prefix: $0, ignoring: globs) }
    }
    readings = readings.filter { convention != nil || $0.hasMarker() }
    let ranked = readings.map { ($0.score, $0) }.sorted { $0.0 > $1.0 }
    if ranked.count > 1, ranked[1].0 == ranked[0].0, ranked[0].0 >= Self.threshold / 2 {
      throw Self.ambiguous(archive, ranked.prefix { $0.0 == ranked[0].0 }.map(\.1))
    }
    guard let (score, best) = ranked.first,
      score >= Self.threshold || (convention != nil && !best.filled.isEmpty)
    else { throw Self.unknown(archive, ranked.first?.1) }
    self.convention = best.convention
    self.prefix = best.prefix
    let mapped = Set(best.filled.values.map(\.name)).count
    reason =
      "\(mapped) of \(tensors.count) names are its own"
      + (best.ignored.isEmpty ? "" : ", \(best.ignored.count) it leaves out")
    reading = best
  }

  /// Prefixes in front of the convention's few unmistakable names. Looking for several finds the prefix even when one of
  /// them is misspelt.
  private static func prefixes(_ tensors: [TensorInfo], _ convention: Convention) -> [PrefixStack] {
    let anchors = [
      "patch_embed.weight", "pos_embed", "cls_token", "blocks.{i}.norm1.weight", "final_norm.weight",
    ]
    .flatMap { canonical in convention.rows.filter { $0.canonical == canonical }.flatMap(\.foreign) }
    .map { NamePattern.name($0, block: 0) }
    var found: [PrefixStack] = []
    for tensor in tensors {
      for anchor in anchors {
        if let prefix = PrefixStack(of: tensor.name, before: anchor), !found.contains(prefix) {
          found.append(prefix)
        }
      }
    }
    return found
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
