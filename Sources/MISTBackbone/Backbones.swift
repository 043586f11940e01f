import MISTEdge
import MISTFormats
import MISTModels

/// How the models of one architecture are run.
package protocol BackboneArchitecture {
  associatedtype Configuration: ArchitectureConfiguration
  /// The outputs of a model of configuration `c`.
  static func catalog(_ c: Configuration) -> any OutputCatalog
  /// Whether products in int8 can be prepared by inputs.
  static var takesCalibration: Bool { get }
  /// Reads and prepacks the first `depth` blocks of `checkpoint`, and what stands behind them when these are all;
  /// products in int8 by `calibration`, which is nil where that is not taken.
  static func open(
    _ checkpoint: CanonicalCheckpoint, _ c: Configuration, imageSize: MapSize, depth: Int,
    kernels: ProductKernels, calibration: CalibrationInputs?
  ) throws -> any Backbone
}

/// What a model's forward pass can give.
package protocol OutputCatalog: Sendable {
  /// The shape of `output` for one image of `image` pixels; nil for an output that the model does not have.
  func shape(of output: BackboneOutput, image: MapSize) -> [Int]?
  /// The last block that `output` needs.
  func lastBlock(of output: BackboneOutput) -> Int
  /// Throws `backbone.depth` for depths and levels that the model does not have, `backbone.architecture` for other outputs that
  /// it does not have.
  func check(_ output: BackboneOutput) throws
  /// Where the forward pass reaches it: what comes later depends on what comes before.
  func order(of output: BackboneOutput) -> [Int]
  /// The part of the model that `output` is the first to show.
  func place(of output: BackboneOutput) -> String
  /// What the model has, for messages.
  var contents: String { get }
  /// Names that a golden may have, for messages.
  var goldenExamples: String { get }
}

/// The architectures that can be run.
package enum Backbones {
  static var architectures: [any BackboneArchitecture.Type] {
    [ViTBackbone.self, SegFormerBackbone.self, DINOv3Backbone.self]
  }

  /// Opens the model of `checkpoint` for images of `imageSize` (the model's own when nil), only as deep as `outputs` need.
  ///
  /// Weights that are packed already, beside the checkpoint, are used where they fit, if `usesPrepacked` and no `calibration` prepares
  /// products in int8 of its own.
  ///
  /// Throws `backbone.image-size`, `backbone.depth`, `backbone.architecture`, `backbone.product`, the checkpoint's own errors, those of files
  /// of packed weights and of the calibration's inputs, and `backbone.precision` for a calibration of a model or precision that takes none.
  package static func open(
    _ checkpoint: CanonicalCheckpoint, imageSize: MapSize? = nil, outputs: [BackboneOutput],
    backend: ProductBackend = .automatic, precision: Precision = .f32, calibration: CalibrationInputs? = nil,
    usesPrepacked: Bool = true
  ) throws -> any Backbone {
    var kernels = ProductKernels(backend: backend, precision: precision)
    if usesPrepacked, calibration == nil,
      let path = try Prepacking.find(checkpoint, backend, precision).path
    {
      kernels.prepacked = try PrepackedFile(path: path, of: checkpoint)
    }
    return try open(
      checkpoint, imageSize: imageSize, outputs: outputs, kernels: kernels, calibration: calibration)
  }

  /// Opens all of the model for `recorder` to see its products.
  static func open(
    _ checkpoint: CanonicalCheckpoint, precision: Precision, recorder: PrepackRecorder
  ) throws -> any Backbone {
    var kernels = ProductKernels(precision: precision)
    kernels.recorder = recorder
    return try open(
      checkpoint, imageSize: nil, outputs: [.finalTokens], kernels: kernels, calibration: nil)
  }

  private static func open(
    _ checkpoint: CanonicalCheckpoint, imageSize: MapSize?, outputs: [BackboneOutput],
    kernels: ProductKernels, calibration: CalibrationInputs?
  ) throws -> any Backbone {
    let configuration = checkpoint.configuration
    let catalog = try catalog(configuration)
    for output in outputs { try catalog.check(output) }
    let depth = outputs.map(catalog.lastBlock).max() ?? 0
    let size = imageSize ?? configuration.details.imageSize()
    guard calibration == nil || kernels.precision == .int8 && takesCalibration(configuration) else {
      throw MISTError.noCalibration(kernels.precision)
    }
    for architecture in architectures {
      let backbone = try architecture.openOwn(checkpoint, size, depth: depth, kernels, calibration)
      if let backbone { return backbone }
    }
    throw unknown(configuration)
  }

  /// What the forward pass of a model of `configuration` can give.
  package static func catalog(_ configuration: ModelConfiguration) throws -> any OutputCatalog {
    for architecture in architectures {
      if let catalog = architecture.ownCatalog(configuration) { return catalog }
    }
    throw unknown(configuration)
  }

  /// Whether products in int8 of models of `configuration` can be prepared by inputs.
  package static func takesCalibration(_ configuration: ModelConfiguration) -> Bool {
    architectures.contains { $0.takesCalibration && $0.ownCatalog(configuration) != nil }
  }

  private static func unknown(_ configuration: ModelConfiguration) -> MISTError {
    MISTError(
      .backboneArchitecture, "models of architecture \(configuration.architecture.id) cannot be run")
  }
}

extension BackboneArchitecture {
  /// Nil for a configuration of another architecture.
  fileprivate static func ownCatalog(_ configuration: ModelConfiguration) -> (any OutputCatalog)? {
    (configuration.details as? Configuration).map(catalog)
  }

  /// Nil for a checkpoint of another architecture.
  fileprivate static func openOwn(
    _ checkpoint: CanonicalCheckpoint, _ imageSize: MapSize, depth: Int, _ kernels: ProductKernels,
    _ calibration: CalibrationInputs?
  ) throws -> (any Backbone)? {
    try (checkpoint.configuration.details as? Configuration).map {
      try open(checkpoint, $0, imageSize: imageSize, depth: depth, kernels: kernels, calibration: calibration)
    }
  }
}
