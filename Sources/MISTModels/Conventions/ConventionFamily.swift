import MISTFormats

/// What kind of model a convention names, and what its names leave open about it: how an architecture reads a file under them.
package protocol ConventionFamily: Sendable {
  /// Canonical patterns of the few names that nothing else is called.
  var anchors: [String] { get }
  /// The epsilon of every norm of an ONNX graph without names, where the graph does not show it.
  var graphEpsilon: Float { get }
  /// Channels of what a classifier of images reads one of; nil where the tensors do not show it.
  func width(_ reading: Reading) -> Int?
  /// What the convention's classifiers of images read. `pooling` is what timm's `global_pool` says.
  func classifierInput(_ reading: Reading, pooling: String?) -> ImageClassifier.Input

  /// What the names, shapes, graph and files of `source` say about its model.
  /// Throws the `convert.` errors about configurations.
  func model(_ source: ModelSource, _ reading: Reading, _ options: ConversionOptions) throws -> ForeignModel
  /// The configuration `said`, which the file carries, with what options say instead, and its usual preprocessing. That the tensors
  /// fit is checked by their coverage and shapes; what the files beside them say about sizes must agree too.
  /// Nil for a configuration of another architecture. Throws `usage` and `convert.configuration-mismatch`.
  func model(
    carried said: any ArchitectureConfiguration, _ preprocessing: Preprocessing, _ source: ModelSource,
    _ reading: Reading, _ options: ConversionOptions
  ) throws -> (configuration: any ArchitectureConfiguration, usualPreprocessing: Preprocessing)?
}
