import MISTFormats

/// From a foreign checkpoint to a canonical one: plan first, then run (`Formats/naming-conventions.md`).
package struct Conversion {
  package let source: ModelSource
  package let plan: ConversionPlan

  /// Plans the conversion of `source`; reads headers only.
  /// Throws the `convert.` errors, each naming the tensor.
  package init(_ source: ModelSource, options: ConversionOptions = .init()) throws {
    let (source, renames) = try source.renamed(options.renames)
    self.source = source
    if let dtype = options.dtype, ![.f32, .f16, .bf16].contains(dtype) {
      throw MISTError(.usage, "canonical checkpoints hold F32, F16 or BF16, not \(dtype.rawValue)")
    }
    plan =
      CanonicalMetadata.claims(source.archive.metadata)
      ? try Self.rewrite(source, options) : try Self.planKnown(source, options, renames)
  }

  /// As `planForeign`, whose errors about names say what kind of model it is where that is known.
  private static func planKnown(
    _ source: ModelSource, _ options: ConversionOptions, _ renames: [ConversionPlan.Renaming]
  ) throws -> ConversionPlan {
    do {
      return try planForeign(source, options, renames)
    } catch let error as MISTError {
      throw OtherModel.explain(error, source)
    }
  }

  /// What writing did.
  package struct Outcome: Sendable, Hashable {
    /// For each tensor written in another element type than the source's, by name, what that did to its values.
    package var changes: [String: DTypeChange] = [:]
    /// The sum over all tensors.
    package var total: DTypeChange { changes.values.reduce(into: DTypeChange()) { $0 += $1 } }
  }

  /// Writes the canonical checkpoint to `path`, one tensor at a time. `path` appears when everything is written.
  /// Calls `progress` with the number of tensors written.
  @discardableResult
  package func run(to path: String, progress: (Int, Int) -> Void = { _, _ in }) throws -> Outcome {
    let metadata = CanonicalMetadata(
      configuration: plan.configuration, preprocessing: plan.preprocessing, provenance: plan.provenance,
      classNames: plan.classNames)
    var writer = try SafetensorsWriter(
      path: path, tensors: plan.steps.map(\.destination), metadata: try metadata.encoded())
    var copier = TensorCopier()
    var outcome = Outcome()
    for (number, step) in plan.steps.enumerated() {
      outcome.changes[step.destination.name] = try copier.copy(step, from: source.archive, to: &writer)
      progress(number + 1, plan.steps.count)
    }
    try writer.finish()
    return outcome
  }

  private static func planForeign(
    _ source: ModelSource, _ options: ConversionOptions, _ renames: [ConversionPlan.Renaming]
  ) throws -> ConversionPlan {
    let (archive, file) = (source.archive, source.archive.path)
    let found =
      try source.recovered?.canonical.map {
        Recognition(canonical: archive, $0, prefix: options.prefix, ignoring: options.ignore)
      }
      ?? Recognition(
        archive, convention: options.convention, prefix: options.prefix, ignoring: options.ignore)
    try found.reading.refuseWithheld(file: file)
    let carried = try CarriedModel.read(archive.metadata, file: file)
    let reading =
      carried == nil
      ? found.reading.leavingOutOtherClassifiers(
        pooling: source.recovered?.hints.pooling ?? source.config?.timmPooling)
      : found.reading
    let model =
      try carried.map { try ForeignModel(carried: $0, source, reading, options) }
      ?? reading.convention.family.model(source, reading, options)
    let steps = try StepBuilder(
      reading: reading, configuration: model.configuration, dtype: options.dtype, file: file,
      absentTypes: carried?.types ?? [:]
    )
    .run()
    if let error = model.unknown { throw error }
    if let graph = source.recovered?.hints {
      try model.configuration.details.check(graph, reading, file: file)
    }
    try source.recovered?.check(steps, model.configuration.details.classifier)
    var assumptions = model.assumptions
    let preprocessing =
      try carried.map { try options.apply(to: $0.preprocessing) }
      ?? Self.preprocessing(source, found.convention, model, options, &assumptions)
    var provenance =
      carried?.provenance ?? Provenance(source: source.name, convention: found.convention.name)
    if !renames.isEmpty { provenance.renames = (provenance.renames ?? []) + renames.map(\.rule) }
    return ConversionPlan(
      source: source.name, format: archive.format, renames: renames, convention: found.convention.name,
      title: found.convention.title,
      prefix: found.prefix.text, reason: found.reason, configuration: model.configuration,
      preprocessing: preprocessing, classNames: model.classNames,
      provenance: provenance,
      steps: steps,
      ignored: reading.ignored.map { .init(tensor: $0.tensor, pattern: $0.pattern) },
      assumptions: assumptions,
      notes: source.recovered?.notes ?? [], unused: source.recovered?.unused ?? [])
  }

  /// A canonical checkpoint with other element types or another preprocessing.
  private static func rewrite(_ source: ModelSource, _ options: ConversionOptions) throws -> ConversionPlan {
    let archive = source.archive
    let metadata = try CanonicalMetadata(archive.metadata, file: archive.path)
    let checkpoint = try CanonicalCheckpoint(
      archive: archive, configuration: metadata.configuration, preprocessing: metadata.preprocessing,
      provenance: metadata.provenance, classNames: metadata.classNames)
    let kept = try Leaving(out: options.ignore, of: checkpoint)
    let steps = kept.configuration.tensors.compactMap { name, shape in
      archive.info(name).map {
        ConversionPlan.Step(
          destination: TensorInfo(name: name, dtype: options.dtype ?? $0.dtype, shape: shape),
          transform: .identity,
          sources: [$0])
      }
    }
    return ConversionPlan(
      source: source.name, format: archive.format, renames: [], convention: "mist",
      title: "canonical checkpoint",
      prefix: "",
      reason: "its metadata says so", configuration: kept.configuration,
      preprocessing: try options.apply(to: checkpoint.preprocessing),
      classNames: kept.configuration.classes == nil ? nil : checkpoint.classNames,
      provenance: checkpoint.provenance,
      steps: steps,
      ignored: kept.ignored, assumptions: [], notes: [], unused: [])
  }

  private static func preprocessing(
    _ source: ModelSource, _ convention: Convention, _ model: ForeignModel, _ options: ConversionOptions,
    _ assumptions: inout [String]
  ) throws -> Preprocessing {
    func complete() -> Bool {
      options.resize != nil && options.crop != nil && options.interpolation != nil && options.mean != nil
        && options.std != nil
    }
    var base = model.usualPreprocessing
    if let json = source.preprocessor { try PreprocessingFiles.refuseFlippedChannels(json) }
    base.orientation = convention.orientation
    if complete() { return try options.apply(to: base) }
    if let json = source.preprocessor {
      base = try PreprocessingFiles.huggingFace(json, defaults: model.processorDefaults)
      assumptions.append("preprocessing from preprocessor_config.json")
    } else if let json = source.config?.timmPixels {
      base = try PreprocessingFiles.timm(json)
      assumptions.append("preprocessing from timm's pretrained_cfg")
    } else {
      assumptions.append("preprocessing as \(convention.name)'s models usually have it")
    }
    if options.changesPreprocessing { assumptions.append("preprocessing changed by options") }
    return try options.apply(to: base)
  }
}
