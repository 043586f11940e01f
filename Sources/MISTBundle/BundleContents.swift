import MISTEdge
import MISTModels

/// Everything a bundle says, before it is encoded.
public struct BundleContents: Sendable {
  public enum Gather: Hashable, Sendable {
    /// `G_k`.
    case sum(Int)
    /// The final, normalised class token.
    case final
  }

  public var shape: HeadShape
  /// In `HeadLayout`'s order.
  public var parameters: [Float]
  /// A name per class.
  public var labels: [String]
  public var preprocessing: Preprocessing
  public var gather: Gather
  /// SHA-256 of the converted model, 64 hexadecimal digits.
  public var modelHash: String
  /// Where the head comes from, for people.
  public var provenance: String

  public init(
    shape: HeadShape, parameters: [Float], labels: [String], preprocessing: Preprocessing, gather: Gather,
    modelHash: String, provenance: String
  ) {
    self.shape = shape
    self.parameters = parameters
    self.labels = labels
    self.preprocessing = preprocessing
    self.gather = gather
    self.modelHash = modelHash
    self.provenance = provenance
  }
}
