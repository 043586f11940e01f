import MISTFormats
import MISTVision

/// Splits whose masks say nothing of any pixel.
extension MaskTarget {
  /// Reads annotations of every split until one has a labelled pixel, which most often is the first. What cannot be read is the
  /// extraction's to tell of. Throws `masks.unlabelled`.
  static func check(_ plan: ExtractionPlan) throws {
    guard let masks = plan.manifest.masks else { return }
    for (number, split) in plan.samples.splits.enumerated() {
      var values: Set<UInt8> = []
      var count = 0
      let isLabelled = split.masks.indices.contains { sample in
        guard let bytes = try? plan.samples.mask(sample, of: number),
          let mask = try? LabelMapDecoder.decode(bytes: bytes)
        else { return false }
        count += 1
        values.formUnion(mask.values)
        return (masks.reduceZeroLabel ? mask.reducedZeroLabel() : mask).largestClass != nil
      }
      guard !isLabelled, count > 0 else { continue }
      let found = values.sorted().map(String.init).joined(separator: " and ")
      throw unlabelled(split.name, "\(count) annotations, which hold \(found) alone,", plan.manifest)
    }
  }

  /// `things`: what the split has, as `2 annotations`.
  static func unlabelled(_ split: String, _ things: String, _ manifest: StoreManifest) -> MISTError {
    let reduces = manifest.masks?.reduceZeroLabel ?? false
    return MISTError(
      .masksUnlabelled, at: "split '\(split)'",
      "none of its \(things) has a labelled pixel: "
        + (reduces ? "0 means 'other' and 255 is ignored (--reduce-zero-label)" : "255 is ignored"),
      advice: reduces
        ? "with --no-reduce-zero-label 0 is the first class; where 255 stands for a class, write its number instead"
        : "where 255 stands for a class, write its number instead")
  }
}
