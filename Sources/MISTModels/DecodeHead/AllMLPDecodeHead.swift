/// The all-MLP decode head, as stored: a product per level, resizing to the finest level's map, concatenation, a 1×1
/// convolution, BatchNorm, ReLU, classifier.
package struct AllMLPDecodeHead: Hashable, Sendable {
  /// Which of two functions that are called SegFormer's decode head.
  package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
    /// NVlabs' and transformers': a linear layer per level, levels joined from the last to the first. The same function as one
    /// matrix per level (`MergedDecodeHead`).
    case linear
    /// mmsegmentation's: a 1×1 convolution without bias, BatchNorm and ReLU per level, levels joined from the first to the
    /// last. No single matrix per level is that function.
    case convolutional
  }

  package var kind: Kind
  /// Channels D of every level after its product, and of the fused map.
  package var width: Int
  package var classes: Int
  /// Whether the BatchNorms are stored; false where an exporter folded them into the convolutions before them, which then
  /// have biases.
  package var batchNorm: Bool
  package var batchNormEpsilon: Float

  package init(
    kind: Kind = .linear, width: Int, classes: Int, batchNorm: Bool = true, batchNormEpsilon: Float = 1e-5
  ) {
    self.kind = kind
    self.width = width
    self.classes = classes
    self.batchNorm = batchNorm
    self.batchNormEpsilon = batchNormEpsilon
  }

  /// What is impossible about these values, or nil.
  var flaw: String? {
    if !(1...ModelLimits.width).contains(width) { return "width \(width) is not in 1…\(ModelLimits.width)" }
    if !(1...ModelLimits.classes).contains(classes) {
      return "\(classes) classes are not in 1…\(ModelLimits.classes)"
    }
    return batchNormEpsilon.isFinite && batchNormEpsilon > 0
      ? nil : "epsilon \(batchNormEpsilon) is not positive"
  }
}

extension AllMLPDecodeHead: Codable {
  private enum CodingKeys: String, CodingKey { case kind, width, classes, batchNorm, batchNormEpsilon }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      kind: try values.decodeIfPresent(Kind.self, forKey: .kind) ?? .linear,
      width: try values.decode(Int.self, forKey: .width),
      classes: try values.decode(Int.self, forKey: .classes),
      batchNorm: try values.decode(Bool.self, forKey: .batchNorm),
      batchNormEpsilon: try values.decode(Float.self, forKey: .batchNormEpsilon))
  }

  /// The first kind is left out, as in the files from before there was a second.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    if kind != .linear { try values.encode(kind, forKey: .kind) }
    try values.encode(width, forKey: .width)
    try values.encode(classes, forKey: .classes)
    try values.encode(batchNorm, forKey: .batchNorm)
    try values.encode(batchNormEpsilon, forKey: .batchNormEpsilon)
  }
}
