import MISTFeatures
import MISTModels

/// What nobody should overlook of a finished extraction, a sentence each.
enum ExtractionNotes {
  static func all(_ manifest: StoreManifest) -> [String] {
    manifest.splits.flatMap { notes($0, manifest) }
  }

  private static func notes(_ split: StoreManifest.Split, _ manifest: StoreManifest) -> [String] {
    var notes: [String] = []
    if split.count == 0 {
      notes.append(split.files.isEmpty ? "it has no images" : "none of its images could be read")
    }
    if let note = OrientationText.note(
      split.counts.oriented, of: images(split), manifest.preprocessing.orientation,
      advice: "--orientation apply turns them")
    {
      notes.append(note)
    }
    if split.counts.unlabelled > 0 { notes.append(unlabelled(split, manifest)) }
    let missing = Set(manifest.classes.indices).subtracting(split.labels)
    if split.name == "train", !split.labels.isEmpty, !missing.isEmpty {
      let names = missing.sorted().prefix(6).map { "'\(manifest.classes[$0])'" }.joined(separator: ", ")
      notes.append(
        "\(missing.count) of \(manifest.classes.count) classes have no image: \(names)"
          + (missing.count > 6 ? ", …" : ""))
    }
    return notes.map { "\(split.name): \($0)" }
  }

  /// Whole images that were read.
  private static func images(_ split: StoreManifest.Split) -> Int {
    guard !split.views.isEmpty else { return split.count }
    let skipped = Set(split.skipped.map(\.index))
    return split.views.indices.count { split.views[$0] == 0 && !skipped.contains($0) }
  }

  private static func unlabelled(_ split: StoreManifest.Split, _ manifest: StoreManifest) -> String {
    let reduces = manifest.masks?.reduceZeroLabel ?? false
    return "\(split.counts.unlabelled) of \(split.count) samples have masks without a labelled pixel ("
      + (reduces ? "0 means 'other' and 255 is ignored; see --no-reduce-zero-label" : "255 is ignored") + ")"
  }
}
