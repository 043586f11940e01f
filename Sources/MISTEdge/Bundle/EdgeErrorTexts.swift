extension EdgeError.Code {
  /// The stable code, such as `bundle.bad-magic`.
  public var name: StaticText { Self.row(rawValue).name }

  /// What is wrong and what to do, for people; no full stop at its end.
  public var sentence: StaticText { Self.row(rawValue).sentence }

  /// A line per case in the order of the cases: its name, a space, its sentence. One literal, for the size of the runtime: a
  /// switch over as many takes several times the room of what it tells apart.
  private static let rows: StaticString = """
    bundle.bad-magic this is not an edge bundle: it does not start with the bundle's magic bytes
    bundle.truncated the file is shorter than its header says; copy it again
    bundle.reader-too-old the bundle needs a newer reader; update mist-edge or export the bundle for this \
    version
    bundle.bad-version the version must be at least 1 and no lower than the minimum reader version
    bundle.trailing-bytes bytes follow the last section
    bundle.bad-section-count a bundle has 1 to 64 sections
    bundle.table-out-of-bounds the section table reaches past the end of the bundle
    bundle.header-checksum the checksum of header and section table does not match; the file is damaged
    bundle.reserved-not-zero a reserved field is not zero
    bundle.unknown-flag a section has a flag that this reader does not know
    bundle.misaligned-section a section does not start at a multiple of 64 bytes
    bundle.section-out-of-bounds a section reaches past the end of the bundle
    bundle.section-overlap a section overlaps what stands before it
    bundle.section-gap a section does not start at the first multiple of 64 after the one before it
    bundle.padding-not-zero a padding byte between sections is not zero
    bundle.duplicate-section two sections have the same identifier
    bundle.section-checksum the section's checksum does not match its bytes; the file is damaged
    bundle.unknown-critical-section a section marked critical is of a kind that this reader does not \
    know; update mist-edge
    bundle.missing-section a required section is missing
    bundle.bad-section-size the section has the wrong length for what it holds
    bundle.unknown-head-kind the head is of a kind that this reader does not know
    bundle.head-left-out this runtime was built without heads of this kind (MIST_HEADS)
    bundle.bad-maps-version a head on maps needs minimum reader version 2, an attentive readout 3, \
    blocks of another function than attention 4
    bundle.unknown-task the bundle is for a task that this reader does not know; update mist-edge
    bundle.task-differs the head is not of the kind that the bundle's task needs
    bundle.bad-level-count a classification head has exactly one level, a head on maps 1 to 16
    bundle.unknown-pooling the pooling is neither class token nor mean nor attention
    bundle.unknown-head-flag the head has a flag that this reader does not know
    bundle.unknown-block-function the blocks compute something that this reader does not know
    bundle.bad-epsilon the LayerNorm epsilon must be positive and at most 1
    bundle.bad-head-dimension a dimension of the head is outside its limits
    bundle.bad-depth blocks of attention and of a perceptron need a rank of at least 1, and a head without them \
    has rank 0
    bundle.head-too-large the head would need more working memory than a bundle may ask for
    bundle.label-count the number of labels differs from the number of classes
    bundle.label-bounds the label offsets do not start at 0, ascend and end at the end of the section
    bundle.empty-label a label is empty
    bundle.label-not-utf8 a label is not valid UTF-8
    bundle.label-control-character a label holds a control character
    bundle.unknown-resize the resize is of a kind that this reader does not know
    bundle.bad-image-size a resize dimension is outside 1 to 16384, or given where it has no meaning
    bundle.bad-crop the crop is half given, above 16384 or larger than the resized image
    bundle.unknown-interpolation the interpolation is neither bilinear nor bicubic
    bundle.unknown-orientation the EXIF orientation is neither ignored nor applied
    bundle.bad-normalisation means must be finite, standard deviations finite and positive
    bundle.unknown-gather the gather is of a kind that this reader does not know
    bundle.bad-gather-depth the gather depth must be 1 to 65535 for a gathered sum and 0 for the final \
    class token
    bundle.bad-final-shape a head on the final class token has exactly one token
    bundle.bad-input-size the height and width of the image must be 1 to 16384
    bundle.bad-feature-levels the levels of the features are not as many as the head's
    bundle.bad-layers the depths of the layer tokens are not as many as the head's tokens, or half as many
    bundle.unknown-precision the features are of a precision that this reader does not know
    bundle.unknown-weight-type the weights are of an element type that this reader does not know
    bundle.weight-count the number of weights differs from what the head's shape needs
    bundle.weight-size the length of the weights differs from what the head's shape and element type need
    bundle.weight-not-finite a weight is infinite or not a number
    bundle.bad-scale a weight scale is negative, infinite or not a number
    bundle.unknown-golden-type the golden input is of an element type that this reader does not know
    bundle.golden-shape the golden pair does not fit the head: its sizes, levels, channels or classes \
    differ
    bundle.golden-label the golden label is not one of the classes
    bundle.bad-tolerance the golden tolerance must be positive and at most 1
    bundle.golden-size the length of the golden pair differs from what its shape and element type need
    bundle.golden-not-finite a golden value is infinite or not a number, or a scale is negative
    bundle.provenance-not-utf8 the provenance is not valid UTF-8
    bundle.provenance-control-character the provenance holds a control character
    bundle.no-golden the bundle carries no golden pair; export it with --golden compact or full
    bundle.selftest-failed the logits of the golden input differ from the expected ones by more than the \
    tolerance
    edge-features.truncated the file is shorter than its header says; copy it again
    edge-features.trailing-bytes bytes follow the last tensor
    edge-features.header-too-large the header is longer than 100,000,000 bytes
    edge-features.bad-header the header is not the JSON of a safetensors file
    edge-features.duplicate-key the header names a key twice
    edge-features.not-a-shard this is not a feature shard of mist: its metadata has no mist.format \
    feature-shard
    edge-features.bad-version the shard is of a version that this reader does not know
    edge-features.bad-metadata the metadata lacks a key that the bundle's features need, or one is malformed
    edge-features.task-differs the features are for classification and the bundle for segmentation, or the \
    other way round
    edge-features.model-differs the features come from another backbone than the one the bundle was \
    trained for; extract them with that one
    edge-features.tokens-differ the features have another number of tokens than the bundle was trained \
    for
    edge-features.channels-differ the features have another number of channels than the bundle was \
    trained for
    edge-features.gather-differs the features do not hold the gather depth the bundle was trained for; \
    extract it with --gather
    edge-features.levels-differ the features do not hold the maps the bundle was trained for: other levels, \
    sizes or channels
    edge-features.size-differs the features come from images of another size than the bundle was trained for
    edge-features.missing-tensor a tensor that the metadata promises is missing
    edge-features.missing-scale int8 features need one scale per token or position
    edge-features.unknown-type a tensor has an element type that features, scales, labels or masks cannot \
    have
    edge-features.bad-shape a tensor's shape does not fit the metadata and the other tensors
    edge-features.bad-offsets a tensor's data offsets do not fit its shape or the file
    edge-features.not-finite a feature or scale is infinite or not a number, or a scale is negative
    edge-features.checksum a sample is not what its checksum was made of; the file is damaged, copy it again
    edge-features.bad-label a label is not one of the bundle's classes
    """

  private static func row(_ index: UInt8) -> (name: StaticText, sentence: StaticText) {
    var rest = StaticText(rows)
    for _ in 0..<index { rest = rest.cut(at: UInt8(ascii: "\n")).after }
    let (name, sentence) = rest.cut(at: UInt8(ascii: "\n")).before.cut(at: UInt8(ascii: " "))
    return (name, sentence)
  }
}
