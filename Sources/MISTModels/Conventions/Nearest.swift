import MISTFormats

/// The names most like a given one, for messages about keys that are wrong by a letter.
enum Nearest {
  /// `; nearest: 'a', 'b'` with up to `limit` of `candidates` whose edit distance to `name` is at most a third of its
  /// length, or an empty text.
  static func names(to name: String, among candidates: some Sequence<String>, limit: Int = 2) -> String {
    let found = list(to: name, among: candidates, limit: limit)
    return found.isEmpty ? "" : ", nearest: " + found.map(quoted).joined(separator: ", ")
  }

  /// As above, as a list. Compares at most 5000 names of at most 200 bytes, so that hostile files stay cheap.
  static func list(to name: String, among candidates: some Sequence<String>, limit: Int) -> [String] {
    let target = Array(name.utf8.prefix(200))
    let bound = max(1, target.count / 3)
    var best: [(distance: Int, name: String)] = []
    for candidate in candidates.prefix(5000) {
      let bytes = Array(candidate.utf8.prefix(200))
      guard abs(bytes.count - target.count) <= bound else { continue }
      let distance = editDistance(target, bytes)
      if distance <= bound { best.append((distance, candidate)) }
    }
    best.sort { ($0.distance, $0.name) < ($1.distance, $1.name) }
    return best.prefix(limit).map(\.name)
  }

  /// Levenshtein's distance: insertions, deletions and substitutions that turn one into the other.
  static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let substitution = diagonal + (x == y ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
      }
    }
    return row[b.count]
  }
}
