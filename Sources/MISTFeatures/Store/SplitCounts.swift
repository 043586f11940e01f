/// What is worth knowing of the images of a split, or of one shard of it while the store is made. A count of 0 is written nowhere.
package struct SplitCounts: Hashable, Sendable {
  /// Images whose files carry an EXIF orientation other than upright.
  package var oriented = 0
  /// Samples whose targets say nothing: masks without one labelled pixel.
  package var unlabelled = 0

  /// In a shard's metadata.
  private static let keys: [(String, WritableKeyPath<SplitCounts, Int> & Sendable)] = [
    ("mist.oriented", \.oriented), ("mist.unlabelled", \.unlabelled),
  ]

  package init() {}

  /// Those of a shard with this metadata; nil for what is no count.
  init?(_ metadata: [String: String]) {
    for (key, path) in Self.keys {
      guard let text = metadata[key] else { continue }
      guard let count = Int(text), count > 0 else { return nil }
      self[keyPath: path] = count
    }
  }

  var metadata: [String: String] {
    var metadata: [String: String] = [:]
    for (key, path) in Self.keys where self[keyPath: path] > 0 { metadata[key] = "\(self[keyPath: path])" }
    return metadata
  }

  static func += (sum: inout SplitCounts, other: SplitCounts) {
    sum.oriented += other.oriented
    sum.unlabelled += other.unlabelled
  }
}
