import MISTFormats

/// One code per rule of `Formats/feature-store.md`.
extension ErrorCode {
  /// The folder holds no `manifest.json`: extraction has not finished, or it is no feature store.
  package static let featuresIncomplete = ErrorCode("features.incomplete")
  package static let featuresManifestInvalid = ErrorCode("features.manifest-invalid")
  package static let featuresWrongFormat = ErrorCode("features.wrong-format")
  package static let featuresUnsupportedVersion = ErrorCode("features.unsupported-version")
  package static let featuresBlocksInvalid = ErrorCode("features.blocks-invalid")
  package static let featuresLayersInvalid = ErrorCode("features.layers-invalid")
  package static let featuresCalibrationInvalid = ErrorCode("features.calibration-invalid")
  package static let featuresLastBlockInvalid = ErrorCode("features.last-block-invalid")
  /// The model's last block was asked for, and was not stored.
  package static let featuresNoLastBlock = ErrorCode("features.no-last-block", exit: .usage)
  package static let featuresGatherInvalid = ErrorCode("features.gather-invalid")
  package static let featuresShapeInvalid = ErrorCode("features.shape-invalid")
  package static let featuresModelHashInvalid = ErrorCode("features.model-hash-invalid")
  package static let featuresClassesInvalid = ErrorCode("features.classes-invalid")
  package static let featuresSplitsInvalid = ErrorCode("features.splits-invalid")
  package static let featuresLabelsMismatch = ErrorCode("features.labels-mismatch")
  package static let featuresLabelOutOfRange = ErrorCode("features.label-out-of-range")
  package static let featuresSkippedInvalid = ErrorCode("features.skipped-invalid")
  package static let featuresShardName = ErrorCode("features.shard-name")
  package static let featuresShardRange = ErrorCode("features.shard-range")
  package static let featuresCountMismatch = ErrorCode("features.count-mismatch")
  package static let featuresShardMissing = ErrorCode("features.shard-missing")
  package static let featuresShardSizeMismatch = ErrorCode("features.shard-size-mismatch")
  package static let featuresShardFormat = ErrorCode("features.shard-format")
  package static let featuresMetadataMismatch = ErrorCode("features.metadata-mismatch")
  package static let featuresTensorMissing = ErrorCode("features.tensor-missing")
  package static let featuresTensorUnexpected = ErrorCode("features.tensor-unexpected")
  package static let featuresTensorDType = ErrorCode("features.tensor-dtype")
  package static let featuresTensorShape = ErrorCode("features.tensor-shape")
  package static let featuresIndexInvalid = ErrorCode("features.index-invalid")
  package static let featuresLabelDiffers = ErrorCode("features.label-differs")
  package static let featuresHashMismatch = ErrorCode("features.hash-mismatch")
  package static let featuresLevelsInvalid = ErrorCode("features.levels-invalid")
  package static let featuresMasksInvalid = ErrorCode("features.masks-invalid")
  package static let featuresViewsInvalid = ErrorCode("features.views-invalid")
  package static let featuresMasksMismatch = ErrorCode("features.masks-mismatch")
  package static let featuresViewOutOfRange = ErrorCode("features.view-out-of-range")
  package static let featuresViewInvalid = ErrorCode("features.view-invalid")
  package static let featuresMaskValue = ErrorCode("features.mask-value")
  package static let featuresNotFinite = ErrorCode("features.not-finite")
  package static let featuresCountsInvalid = ErrorCode("features.counts-invalid")
  package static let featuresBadScale = ErrorCode("features.bad-scale")
  package static let featuresChecksum = ErrorCode("features.checksum")
}

/// What can be asked of a valid store in vain.
extension ErrorCode {
  package static let featuresNoSuchSplit = ErrorCode("features.no-such-split")
  package static let featuresNoSuchGather = ErrorCode("features.no-such-gather")
  package static let featuresNoFinal = ErrorCode("features.no-final")
  package static let featuresNoSuchLevel = ErrorCode("features.no-such-level")
  /// Tokens were asked of a segmentation store, or maps or masks of a classification store.
  package static let featuresOtherTask = ErrorCode("features.other-task")
}

/// Image folders and extraction.
extension ErrorCode {
  package static let imagesNoClasses = ErrorCode("images.no-classes")
  package static let imagesEmptyClass = ErrorCode("images.empty-class")
  package static let imagesSplitTwice = ErrorCode("images.split-twice")
  package static let imagesClassesDiffer = ErrorCode("images.classes-differ")
  /// Two class folders have one name but for how its letters are composed.
  package static let imagesSameClass = ErrorCode("images.same-class")
  /// A link leads to a folder that is listed already.
  package static let imagesFolderTwice = ErrorCode("images.folder-twice")
  /// A segmentation folder without any image.
  package static let imagesNone = ErrorCode("images.none")
  /// Two images would have the same annotation.
  package static let imagesSameStem = ErrorCode("images.same-stem")
  package static let masksMissing = ErrorCode("masks.missing")
  /// Two annotations of one image.
  package static let masksSameStem = ErrorCode("masks.same-stem")
  /// An annotation is not of its image's size.
  package static let masksSizeDiffers = ErrorCode("masks.size-differs")
  /// An annotation holds a value beyond the classes.
  package static let masksUnknownClass = ErrorCode("masks.unknown-class")
  /// Not one pixel of a split's annotations is labelled.
  package static let masksUnlabelled = ErrorCode("masks.unlabelled")
  package static let classesMissing = ErrorCode("classes.missing")
  package static let classesInvalid = ErrorCode("classes.invalid")
  /// `--strict`: an image could not be read.
  package static let extractUnreadableImage = ErrorCode("extract.unreadable-image")
  /// The output folder holds work of another extraction.
  package static let extractDifferentStore = ErrorCode("extract.different-store")
  /// `plan.json` of a begun extraction is not what was written.
  package static let extractPlanDamaged = ErrorCode("extract.plan-damaged")
  /// The output folder holds something else.
  package static let extractFolderNotEmpty = ErrorCode("extract.folder-not-empty")
  /// Another process is extracting into the folder.
  package static let extractFolderBusy = ErrorCode("extract.folder-busy", exit: .io)
  /// Preprocessing and backbone do not fit each other.
  package static let extractInputSize = ErrorCode("extract.input-size")
  /// A feature is not a finite number, or beyond the range of the stored type.
  package static let extractNotFinite = ErrorCode("extract.not-finite")
  /// Every image of the folder was skipped.
  package static let extractNothingReadable = ErrorCode("extract.nothing-readable")
}
