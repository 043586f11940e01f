import MISTFormats

/// One code per rule of `Formats/feature-store.md`.
extension ErrorCode {
  /// The folder holds no `manifest.json`: extraction has not finished, or it is no feature store.
  public static let featuresIncomplete = ErrorCode("features.incomplete")
  public static let featuresManifestInvalid = ErrorCode("features.manifest-invalid")
  public static let featuresWrongFormat = ErrorCode("features.wrong-format")
  public static let featuresUnsupportedVersion = ErrorCode("features.unsupported-version")
  public static let featuresGatherInvalid = ErrorCode("features.gather-invalid")
  public static let featuresShapeInvalid = ErrorCode("features.shape-invalid")
  public static let featuresModelHashInvalid = ErrorCode("features.model-hash-invalid")
  public static let featuresClassesInvalid = ErrorCode("features.classes-invalid")
  public static let featuresSplitsInvalid = ErrorCode("features.splits-invalid")
  public static let featuresLabelsMismatch = ErrorCode("features.labels-mismatch")
  public static let featuresLabelOutOfRange = ErrorCode("features.label-out-of-range")
  public static let featuresSkippedInvalid = ErrorCode("features.skipped-invalid")
  public static let featuresShardName = ErrorCode("features.shard-name")
  public static let featuresShardRange = ErrorCode("features.shard-range")
  public static let featuresCountMismatch = ErrorCode("features.count-mismatch")
  public static let featuresShardMissing = ErrorCode("features.shard-missing")
  public static let featuresShardSizeMismatch = ErrorCode("features.shard-size-mismatch")
  public static let featuresShardFormat = ErrorCode("features.shard-format")
  public static let featuresMetadataMismatch = ErrorCode("features.metadata-mismatch")
  public static let featuresTensorMissing = ErrorCode("features.tensor-missing")
  public static let featuresTensorUnexpected = ErrorCode("features.tensor-unexpected")
  public static let featuresTensorDType = ErrorCode("features.tensor-dtype")
  public static let featuresTensorShape = ErrorCode("features.tensor-shape")
  public static let featuresIndexInvalid = ErrorCode("features.index-invalid")
  public static let featuresLabelDiffers = ErrorCode("features.label-differs")
  public static let featuresHashMismatch = ErrorCode("features.hash-mismatch")
  public static let featuresLevelsInvalid = ErrorCode("features.levels-invalid")
  public static let featuresMasksInvalid = ErrorCode("features.masks-invalid")
  public static let featuresViewsInvalid = ErrorCode("features.views-invalid")
  public static let featuresMasksMismatch = ErrorCode("features.masks-mismatch")
  public static let featuresViewOutOfRange = ErrorCode("features.view-out-of-range")
  public static let featuresViewInvalid = ErrorCode("features.view-invalid")
  public static let featuresMaskValue = ErrorCode("features.mask-value")
}

/// What can be asked of a valid store in vain.
extension ErrorCode {
  public static let featuresNoSuchSplit = ErrorCode("features.no-such-split")
  public static let featuresNoSuchGather = ErrorCode("features.no-such-gather")
  public static let featuresNoFinal = ErrorCode("features.no-final")
  public static let featuresNoSuchLevel = ErrorCode("features.no-such-level")
  /// Tokens were asked of a segmentation store, or maps or masks of a classification store.
  public static let featuresOtherTask = ErrorCode("features.other-task")
}

/// Image folders and extraction.
extension ErrorCode {
  public static let imagesNoClasses = ErrorCode("images.no-classes")
  public static let imagesEmptyClass = ErrorCode("images.empty-class")
  public static let imagesSplitTwice = ErrorCode("images.split-twice")
  public static let imagesClassesDiffer = ErrorCode("images.classes-differ")
  /// A segmentation folder without any image.
  public static let imagesNone = ErrorCode("images.none")
  /// Two images would have the same annotation.
  public static let imagesSameStem = ErrorCode("images.same-stem")
  public static let masksMissing = ErrorCode("masks.missing")
  /// Two annotations of one image.
  public static let masksSameStem = ErrorCode("masks.same-stem")
  /// An annotation is not of its image's size.
  public static let masksSizeDiffers = ErrorCode("masks.size-differs")
  /// An annotation holds a value beyond the classes.
  public static let masksUnknownClass = ErrorCode("masks.unknown-class")
  public static let classesMissing = ErrorCode("classes.missing")
  public static let classesInvalid = ErrorCode("classes.invalid")
  /// `--strict`: an image could not be read.
  public static let extractUnreadableImage = ErrorCode("extract.unreadable-image")
  /// The output folder holds work of another extraction.
  public static let extractDifferentStore = ErrorCode("extract.different-store")
  /// The output folder holds something else.
  public static let extractFolderNotEmpty = ErrorCode("extract.folder-not-empty")
  /// Another process is extracting into the folder.
  public static let extractFolderBusy = ErrorCode("extract.folder-busy", exit: .io)
  /// Preprocessing and backbone do not fit each other.
  public static let extractInputSize = ErrorCode("extract.input-size")
  /// A feature is not a finite number, or beyond the range of the stored type.
  public static let extractNotFinite = ErrorCode("extract.not-finite")
  /// Every image of the folder was skipped.
  public static let extractNothingReadable = ErrorCode("extract.nothing-readable")
}
