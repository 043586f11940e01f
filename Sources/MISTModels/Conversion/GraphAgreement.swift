import Foundation
import MISTEdge
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
        advice:
          "if the number of heads is wrong, give --heads; other scales are not supported, nor parts of them that a "
          + "simplifier folded into weights")
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

extension GraphHints {
  /// Throws `convert.unsupported-model` for a graph that shifts or scales its own input.
  func refuseNormalizedInput(file: String) throws {
    guard normalizesInput else { return }
    throw MISTError(
      .convertUnsupportedModel, file: file,
      "the graph normalises its own input, so its weights expect other pixels than its input",
      advice: "export the backbone without the normalisation in front of it")
  }
}

extension GraphHints {
  /// Largest difference between a graph's factors and a model's, wider than the rounding of half precision.
  static let rotationTolerance: Float = 2e-3

  /// Compares what the graph turns queries and keys by with the angles `expected` of a patch grid; nil for none.
  /// Throws `convert.graph-mismatch`.
  func check(rotation expected: (_ grid: MapSize) -> [Float]?, prefix: Int, file: String) throws {
    func mismatch(_ problem: String) -> MISTError {
      MISTError(
        .convertGraphMismatch, file: file, at: "attention", problem,
        advice: "only the rotations of the model's own architecture are supported")
    }
    if hasUnequalRotations {
      throw mismatch("queries and keys are not turned alike in all blocks")
    }
    guard let rotation = rotations.first else {
      if expected(MapSize(height: 1, width: 1)) == nil { return }
      throw mismatch(
        "expected queries and keys turned by the places of their patches, found none that is known")
    }
    guard rotations.count == 1 else { throw mismatch("it turns queries and keys in \(rotations.count) ways") }
    guard let angles = expected(MapSize(height: rotation.grid[0], width: rotation.grid[1])) else {
      throw mismatch("it turns queries and keys, and models of these names do not")
    }
    if let found = rotation.prefix, found != prefix {
      throw mismatch("it leaves \(found) tokens as they are, and \(prefix) stand before the patches")
    }
    guard !rotation.cosine.isEmpty, !rotation.sine.isEmpty else {
      throw mismatch("the angles that it turns by cannot be computed from the graph alone")
    }
    let half = angles.count / max(1, rotation.grid[0] * rotation.grid[1])
    guard rotation.cosine.count == 2 * angles.count, rotation.sine.count == 2 * angles.count else {
      throw mismatch("it turns by \(rotation.cosine.count) factors, and \(2 * angles.count) are expected")
    }
    for (i, found) in zip(rotation.cosine, rotation.sine).enumerated() {
      let angle = angles[i / (2 * half) * half + i % half]
      // Not a number is no factor either.
      guard abs(found.0 - cos(angle)) <= Self.rotationTolerance,
        abs(found.1 - sin(angle)) <= Self.rotationTolerance
      else {
        throw mismatch(
          "it turns channel \(i % (2 * half)) of patch \(i / (2 * half)) by \(found.0) and \(found.1), and "
            + "\(cos(angle)) and \(sin(angle)) are expected")
      }
    }
  }
}
