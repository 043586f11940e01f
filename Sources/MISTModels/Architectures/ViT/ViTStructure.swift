/// A plain vision transformer.
enum ViTStructure: GraphStructure {
  /// Its first convolution is the only one, of patches that do not overlap.
  static func fits(_ recovery: StructureRecovery, _ firstNorm: NormSite) -> Bool {
    !recovery.convolution.isOverlapping(in: recovery.graph)
  }

  static func read(_ recovery: inout StructureRecovery, _ firstNorm: NormSite) throws -> String {
    try recovery.readTransformer(firstNorm)
  }
}
