import MISTFormats

/// What the user says about a conversion; nil and empty mean that the source decides.
package struct ConversionOptions: Sendable {
  package var convention: Convention?
  /// What wrappers put in front of the model's names.
  package var prefix: String?
  /// Other names for the source's tensors, one rule after another, before anything is recognised.
  package var renames: [RenameRule] = []
  /// Globs of source tensors to leave out, by the names that `renames` give.
  package var ignore: [String] = []
  /// Element type of every tensor written: F32, F16 or BF16.
  package var dtype: DType?
  package var imageSize: [Int]?
  /// Attention heads: one number, or one per stage.
  package var heads: [Int]?
  package var epsilon: Float?
  package var resize: Preprocessing.Resize?
  /// `.some(nil)` is "no crop".
  package var crop: [Int]??
  package var interpolation: Preprocessing.Interpolation?
  package var mean: [Float]?
  package var std: [Float]?
  package var orientation: Preprocessing.Orientation?

  package init() {}

  /// `base` with the options' parts in place of its own. Throws `usage` when the result is impossible.
  func apply(to base: Preprocessing) throws -> Preprocessing {
    var result = base
    if let resize { result.resize = resize }
    if let crop { result.crop = crop }
    if let interpolation { result.interpolation = interpolation }
    if let mean { result.mean = mean }
    if let std { result.std = std }
    if let orientation { result.orientation = orientation }
    if let flaw = result.flaw { throw MISTError(.usage, "the preprocessing is impossible: \(flaw)") }
    return result
  }

  var changesPreprocessing: Bool {
    resize != nil || crop != nil || interpolation != nil || mean != nil || std != nil
      || orientation != nil
  }
}
