import MISTFormats

/// From a canonical checkpoint to a foreign convention's names and layout: the same tables read the other way.
extension Conversion {
  /// Writes `checkpoint` under the names of `convention`, all behind `prefix` (what lies beside the backbone
  /// behind the prefix without its last component), keeping its element types. What the convention ignores (classification
  /// heads, mask tokens) a canonical checkpoint does not have, and unlike `write(_:to:)` this adds no zeros for it.
  /// Throws `convert.unsupported-model` when the convention has no name for one of its tensors.
  package static func export(
    _ checkpoint: CanonicalCheckpoint, to convention: Convention, prefix: String = "", path: String
  ) throws {
    let conversion = try Conversion(ModelSource(archive: checkpoint.archive))
    let plan = try ForeignPlan(conversion, DestinationForm(convention: convention, prefix: prefix))
    try conversion.write(plan, to: path)
  }
}
