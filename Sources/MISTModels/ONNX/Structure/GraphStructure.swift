/// How an architecture's models are built, for graphs without names: the way of the residual stream from the patch embedding on.
package protocol GraphStructure: Sendable {
  /// Whether a graph looks like one of its own.
  static func fits(_ recovery: StructureRecovery, _ firstNorm: NormSite) -> Bool
  /// Takes every weight that the model has, under its canonical name; returns the last result.
  /// Throws `onnx.unknown-structure` where the graph is built otherwise.
  static func read(_ recovery: inout StructureRecovery, _ firstNorm: NormSite) throws -> String
}
