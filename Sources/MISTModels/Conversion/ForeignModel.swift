import MISTFormats

/// What a foreign checkpoint's names, shapes, graph and JSON files say about its model.
package struct ForeignModel {
  let configuration: ModelConfiguration
  var classNames: [String]?
  /// What had to be assumed: sentences without a full stop.
  var assumptions: [String] = []
  /// What nothing says and cannot be assumed. Thrown after the tensors have been checked: a checkpoint that is damaged as
  /// well is better explained by the damage.
  var unknown: MISTError?
  /// How the convention's models are usually fed.
  let usualPreprocessing: Preprocessing
  /// What a `preprocessor_config.json` means where it leaves something out; nil where it must say its size.
  var processorDefaults: Preprocessing?

  init(
    _ configuration: some ArchitectureConfiguration, classNames: [String]? = nil, assumptions: [String] = [],
    unknown: MISTError? = nil, usualPreprocessing: Preprocessing, processorDefaults: Preprocessing? = nil
  ) {
    self.configuration = ModelConfiguration(configuration)
    self.classNames = classNames
    self.assumptions = assumptions
    self.unknown = unknown
    self.usualPreprocessing = usualPreprocessing
    self.processorDefaults = processorDefaults
  }

  /// A model that its own file describes: options first, then what the file carries.
  /// Throws `convert.bad-model-metadata` and the `convert.` errors about configurations.
  init(carried: CarriedModel, _ source: ModelSource, _ reading: Reading, _ options: ConversionOptions) throws
  {
    let file = source.archive.path
    // What the user leaves out, the model does not have.
    let described = options.ignore.isEmpty ? carried.configuration : carried.configuration.without(reading)
    guard
      let model = try reading.convention.family.model(
        carried: described.details, carried.preprocessing, source, reading, options)
    else {
      throw MISTError(
        .convertBadModelMetadata, file: file, at: CarriedModel.key,
        "it describes a \(carried.architecture.id), and the tensors' names are those of \(reading.convention.name)"
      )
    }
    if let flaw = model.configuration.flaw {
      throw MISTError(.convertConfigurationMismatch, file: file, flaw)
    }
    configuration = ModelConfiguration(model.configuration)
    usualPreprocessing = model.usualPreprocessing
    classNames = configuration.classes == nil ? nil : carried.classes
    assumptions = ["what its names do not say from its own metadata, as mist wrote it"]
  }
}

extension ModelConfiguration {
  /// Without the parts of which `reading` has nothing.
  fileprivate func without(_ reading: Reading) -> ModelConfiguration {
    var c = details
    for part in type(of: c).parts where !part.presences.contains(where: { reading.has($0) }) {
      c.remove(part)
    }
    return ModelConfiguration(c)
  }
}
