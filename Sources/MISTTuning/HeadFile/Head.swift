import MISTEdge
import MISTFeatures
import MISTFormats

/// A head of any task: what `mist train` and `mist fold` write, and `eval`, `predict` and `export` read (`Formats/head.md`).
package struct Head: Sendable {
  package static let formatName = "mist-head"
  package static let currentVersion = "3"

  package let description: HeadDescription
  package let shape: NetworkShape
  /// In the order of the network's table.
  package let parameters: [Float]

  /// Throws the `head.` codes for a description that a reader would refuse.
  package init(description: HeadDescription, parameters: [Float]) throws {
    try description.check()
    let shape = description.shape
    let count = ParameterTable(shape).count
    guard parameters.count == count else {
      throw MISTError(.bug, "a head of \(count) parameters was given \(parameters.count)")
    }
    self.description = description
    self.shape = shape
    self.parameters = parameters
  }

  /// The head that a run ended with, as `data` of a store of this manifest made it. Throws the `head.` codes.
  package init<Task>(_ trained: TrainedHead<Task>, data: TrainingData<Task>, manifest: StoreManifest) throws {
    let feature = trained.trial.recipe.feature
    // Tokens have levels only where layer tokens are those of a model's stages.
    let levels =
      Task.readout == .dense
      ? data.train.features.inputs(of: feature).map(\.level)
      : feature == .layerTokens ? manifest.layerTokens?.tensors.compactMap(\.level) ?? [] : []
    try self.init(
      description: HeadDescription(
        task: Task.name,
        network: HeadNetwork(trained.shape, levels: levels),
        feature: feature, input: Task.inputSize(data.train.targets), of: manifest,
        training: HeadTraining(trained.trial, data: data)),
      parameters: trained.parameters)
  }

  /// Whether a file with this metadata says that it is a head, of whatever task.
  package static func isHead(_ metadata: [String: String]) -> Bool { metadata["format"] == formatName }

  /// Reads and checks the head at `path`. Throws the `head.` codes of `Formats/head.md`, the `safetensors.` codes, and those of
  /// `MappedFile`.
  package static func read(_ path: String) throws -> Head {
    do {
      return try Head(SafetensorsArchive(path: path))
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  /// Reads and checks an opened head. Throws the `head.` codes of `Formats/head.md`, naming no file.
  package init(_ archive: SafetensorsArchive) throws {
    let description = try HeadDescription(metadata: archive.metadata)
    try self.init(description: description, parameters: HeadTensors(description.shape).read(archive))
  }

  /// Writes the head to `path`, whole or not at all. Throws `file.write-failed`.
  package func write(to path: String) throws {
    try HeadTensors(shape).write(parameters, metadata: description.metadata(), to: path)
  }
}
