import MISTEdge
import MISTFormats

/// The features of a split, as training reads them. Reading is thread-safe and copies only what is asked for, so that a split may
/// be much larger than memory.
///
/// A source gives the tensors that it stores; what is read from several of them (`FeatureOrigin`) is made here, for all sources.
package protocol SplitFeatures: Sendable {
  /// Samples.
  var count: Int { get }
  /// What is stored for every sample.
  var stored: [Feature] { get }
  /// The tensors of a stored feature, finest level first; tokens without a map are one level of height 1. Empty when it is not
  /// stored.
  func tensors(of feature: Feature) -> [MapLevel]
  /// The type that a stored feature is kept in.
  func storedType(of feature: Feature) -> StoredType
  /// How the tokens of a gathered feature lie, where that is known.
  var grid: TokenGrid? { get }
  /// A number that views of one image share, and other images do not have.
  func image(_ index: Int) -> Int
  /// Whether a sample is its whole image, and not a random view of it.
  func isWhole(_ index: Int) -> Bool
  /// Reads `[tokens, C]` of `tensors(of: feature)[tensor]` of a sample: the tokens listed, in that order, or all of them for nil.
  func readTensor(
    _ index: Int, _ feature: Feature, tensor: Int, tokens: [Int]?,
    into destination: UnsafeMutableBufferPointer<Float>) throws
  /// Calls `body` with the codes `[tokens, C]` and the tokens' scales of a sample, where `storedType(of: feature)` is `int8` and the
  /// feature is one tensor.
  func withCodes(
    _ index: Int, _ feature: Feature,
    _ body: (UnsafePointer<Int8>, _ scales: UnsafeRawBufferPointer) throws -> Void
  ) throws
}

extension SplitFeatures {
  package var grid: TokenGrid? { nil }
  package func storedType(of feature: Feature) -> StoredType { .f32 }
  package func image(_ index: Int) -> Int { index }
  package func isWhole(_ index: Int) -> Bool { true }
  package func withCodes(
    _ index: Int, _ feature: Feature,
    _ body: (UnsafePointer<Int8>, _ scales: UnsafeRawBufferPointer) throws -> Void
  ) throws { throw MISTError.noFeature(feature, of: stored) }

  /// Whether a device that reads `feature` of such a sample finds codes of `int8`: a stored tensor, and no sum of several.
  package func hasCodes(_ feature: Feature) -> Bool {
    guard case .stored = feature.origin(in: stored) else { return false }
    return tensors(of: feature).count == 1 && storedType(of: feature) == .int8
  }

  /// The inputs of a feature, stored or derived, in the order in which a network reads them. Empty when the stored tensors do not
  /// give it.
  package func inputs(of feature: Feature) -> [MapLevel] {
    switch feature.origin(in: stored) {
    case nil: []
    case .stored: tensors(of: feature)
    case .inputs(let parts): parts.flatMap(tensors)
    case .sum(let parts): parts.first.map(tensors) ?? []
    }
  }

  /// Reads `[tokens, C]` of `inputs(of: feature)[input]` of a sample: the tokens listed, in that order, or all of them for nil.
  /// Throws `training.no-feature`, and what reading throws.
  package func read(
    _ index: Int, _ feature: Feature, input: Int, tokens: [Int]?,
    into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    switch feature.origin(in: stored) {
    case nil: throw MISTError.noFeature(feature, of: stored)
    case .stored: try readTensor(index, feature, tensor: input, tokens: tokens, into: destination)
    case .inputs(let parts): try readTensor(index, parts[input], tensor: 0, tokens: tokens, into: destination)
    case .sum(let parts):
      destination.update(repeating: 0)
      var part = [Float](repeating: 0, count: destination.count)
      try part.withUnsafeMutableBufferPointer { part in
        for feature in parts {
          try readTensor(index, feature, tensor: input, tokens: tokens, into: part)
          for i in part.indices { destination[i] += part[i] }
        }
      }
    }
  }

  /// All of `inputs(of: feature)[input]` of a sample, `[tokens, C]`. Throws what reading throws.
  package func values(_ index: Int, _ feature: Feature, input: Int) throws -> [Float] {
    let shape = inputs(of: feature)[input]
    var values = [Float](repeating: 0, count: shape.positions * shape.channels)
    try values.withUnsafeMutableBufferPointer {
      try read(index, feature, input: input, tokens: nil, into: $0)
    }
    return values
  }
}

extension MISTError {
  /// `training.no-feature`: `feature` is asked for, and `stored` does not give it.
  package static func noFeature(_ feature: Feature, of stored: [Feature]) -> MISTError {
    MISTError(
      .trainingNoFeature, "the features hold no \(feature.label)", advice: "they hold \(stored.labels)")
  }
}

extension ErrorCode {
  /// A gather depth (or `final`) was asked for that the features do not hold.
  package static let trainingNoFeature = ErrorCode("training.no-feature", exit: .usage)
}
