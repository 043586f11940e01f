import MISTModels

/// What is told of images that carry an EXIF orientation.
enum OrientationText {
  /// Nil where there are none. `advice`: what to say where orientations were not applied.
  static func note(
    _ count: Int, of total: Int, _ orientation: Preprocessing.Orientation, advice: String? = nil
  ) -> String? {
    guard count > 0 else { return nil }
    let carry = "\(count) of \(total) images carr\(count == 1 ? "ies" : "y") an EXIF orientation"
    switch orientation {
    case .apply: return carry + ", and \(count == 1 ? "was" : "were") turned by it"
    case .ignore:
      return carry + ", which was ignored as the preprocessing says" + (advice.map { "; " + $0 } ?? "")
    }
  }
}
