import MISTEdge
import MISTModels

/// Everything a bundle says, before it is encoded.
public struct BundleContents: Sendable {
  public enum Gather: Hashable, Sendable {
    /// `G_k`, or `A_k` on maps.
    case sum(Int)
    /// The final, normalised class token, or the final maps.
    case final
  }

  public var head: BundleHead
  /// Which maps a head on maps reads; nil for classification.
  public var maps: BundleSource.Maps?
  /// In the order of `HeadLayout` or `MapHeadLayout`.
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
    head: BundleHead, maps: BundleSource.Maps? = nil, parameters: [Float], labels: [String],
    preprocessing: Preprocessing, gather: Gather, modelHash: String, provenance: String
  ) {
    self.head = head
    self.maps = maps
    self.parameters = parameters
    self.labels = labels
    self.preprocessing = preprocessing
    self.gather = gather
    self.modelHash = modelHash
    self.provenance = provenance
  }

  /// The head with rank 0 where it has no blocks: shapes that differ in nothing else are one network.
  var storedHead: BundleHead {
    switch head {
    case .classification(var shape):
      if shape.depth == 0 { shape.rank = 0 }
      return .classification(shape)
    case .segmentation(var shape):
      if shape.levels.allSatisfy({ $0.depth == 0 }) { shape.rank = 0 }
      return .segmentation(shape)
    }
  }
}
