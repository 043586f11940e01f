import MISTFormats

/// Samples of archives and lists.
extension ErrorCode {
  /// An image has no label of any kind.
  package static let samplesNoLabel = ErrorCode("samples.no-label")
  /// Two members of a sample are images.
  package static let samplesTwoImages = ErrorCode("samples.two-images")
  /// A label is not text, or not one that names a class.
  package static let samplesInvalidLabel = ErrorCode("samples.invalid-label")
  /// Some labels are numbers and others names.
  package static let samplesMixedLabels = ErrorCode("samples.mixed-labels")
  /// A label is not in the list of classes.
  package static let samplesUnknownClass = ErrorCode("samples.unknown-class")
  /// A shard is listed twice in a split.
  package static let samplesSameShard = ErrorCode("samples.same-shard")
  /// A shard cannot be read any more as it was when it was listed. Not the image's fault: it is not skipped.
  package static let samplesShardChanged = ErrorCode("samples.shard-changed", exit: .io)
  /// A list is not text with the same columns in every line.
  package static let listInvalid = ErrorCode("list.invalid")
  package static let listEmptyField = ErrorCode("list.empty-field")
  package static let listDuplicate = ErrorCode("list.duplicate")
  package static let listUnknownSplit = ErrorCode("list.unknown-split")
  package static let listMissingFile = ErrorCode("list.missing-file")
}
