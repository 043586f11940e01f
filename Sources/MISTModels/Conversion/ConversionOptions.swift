import MISTFormats

/// What the user says about a conversion; nil and empty mean that the source decides.
public struct ConversionOptions: Sendable {
  public var convention: Convention?
  /// What wrappers put in front of the model's names.
  public var prefix: String?
  /// Globs of source tensors to leave out.
  public var ignore: [String] = []
  /// Element type of every tensor written: F32, F16 or BF16.
  public var dtype: DType?
  public var imageSize: [Int]?
  /// Attention heads: one number for a ViT, one per stage for a SegFormer.
  public var heads: [Int]?
  public var epsilon: Float?
  public var resize: Preprocessing.Resize?
  /// `.some(nil)` is "no crop".
  public var crop: [Int]??
  public var interpolation: Preprocessing.Interpolation?
  public var mean: [Float]?
  public var std: [Float]?

  public init() {}

  /// The options as the first of a ViT's hints, one for each so that messages can name it.
  /// Throws `usage` for an option of other models.
  func vitHints() throws -> [ConfigurationHints] {
    var list: [ConfigurationHints] = []
    if let imageSize {
      var hint = ConfigurationHints(origin: "--image-size")
      hint.imageSize = imageSize
      list.append(hint)
    }
    if let heads {
      guard heads.count == 1 else {
        throw MISTError(.usage, at: "--heads", "a ViT has one number of heads, and \(heads.count) are given")
      }
      var hint = ConfigurationHints(origin: "--heads")
      hint.heads = heads[0]
      list.append(hint)
    }
    if let epsilon {
      var hint = ConfigurationHints(origin: "--epsilon")
      hint.epsilon = epsilon
      list.append(hint)
    }
    return list
  }

  /// The options as the first of a SegFormer's hints. Throws `usage` for an option of other models.
  func segformerHints() throws -> [SegFormerHints] {
    if imageSize != nil {
      throw MISTError(.usage, at: "--image-size", "a SegFormer has no position embedding and takes any size")
    }
    guard let heads else { return [] }
    var hint = SegFormerHints(origin: "--heads")
    hint.heads = heads
    return [hint]
  }

  /// `base` with the options' parts in place of its own. Throws `usage` when the result is impossible.
  func apply(to base: Preprocessing) throws -> Preprocessing {
    var result = base
    if let resize { result.resize = resize }
    if let crop { result.crop = crop }
    if let interpolation { result.interpolation = interpolation }
    if let mean { result.mean = mean }
    if let std { result.std = std }
    if let flaw = result.flaw { throw MISTError(.usage, "the preprocessing is impossible: \(flaw)") }
    return result
  }

  var changesPreprocessing: Bool {
    resize != nil || crop != nil || interpolation != nil || mean != nil || std != nil
  }
}
