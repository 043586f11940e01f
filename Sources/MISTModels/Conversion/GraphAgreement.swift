import MISTFormats

extension GraphHints {
  /// Largest relative difference between a graph's attention scale and the usual one. Wider than the rounding of a scale
  /// stored as bf16, narrower than any other formula's result.
  static let attentionScaleTolerance: Float = 0.01

  static func check(scale: Float?, width: Int, heads: Int, place: String?, file: String) throws {
    let perHead = width / heads
    guard let scale else { return }
    let usual = 1 / Float(perHead).squareRoot()
    // Not a number is no scale either.
    guard abs(scale / usual - 1) <= attentionScaleTolerance else {
      throw MISTError(
        .convertAttentionScale, file: file, at: place,
        "its attention scales by \(scale), and 1/√\(perHead) = \(usual) is expected for \(heads) heads of "
          + "\(perHead) channels",
        advice: "if the number of heads is wrong, give --heads; other scales are not supported")
    }
  }

  func check(activation expected: Activation, file: String) throws {
    if let activation, activation != expected {
      throw MISTError(
        .convertActivation, file: file,
        "its MLP uses \(activation.rawValue), and \(expected.rawValue) is expected",
        advice: "export a model whose MLP is a GELU by the error function or a gated SiLU")
    }
  }
}
