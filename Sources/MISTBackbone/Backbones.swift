import MISTEdge
import MISTFormats
import MISTModels

/// How the models of one architecture are run.
package protocol BackboneArchitecture {
  associatedtype Configuration: ArchitectureConfiguration
  /// The outputs of a model of configuration `c`.
  static func catalog(_ c: Configuration) -> any OutputCatalog
  /// Reads and prepacks the first `depth` blocks of `checkpoint`, and what stands behind them when these are all.
  static func open(
    _ checkpoint: CanonicalCheckpoint, _ c: Configuration, imageSize: MapSize, depth: Int,
    kernels: ProductKernels
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
  /// Weights that are packed already, beside the checkpoint, are used where they fit, if `usesPrepacked`.
  /// Throws `backbone.image-size`, `backbone.depth`, `backbone.architecture`, `backbone.product`, the checkpoint's own errors and those
  /// of files of packed weights.
  package static func open(
    _ checkpoint: CanonicalCheckpoint, imageSize: MapSize? = nil, outputs: [BackboneOutput],
    backend: ProductBackend = .automatic, precision: Precision = .f32, usesPrepacked: Bool = true
  ) throws -> any Backbone {
    var kernels = ProductKernels(backend: backend, precision: precision)
    if usesPrepacked, let path = try Prepacking.find(checkpoint, backend, precision).path {
      kernels.prepacked = try PrepackedFile(path: path, of: checkpoint)
    }
    return try open(checkpoint, imageSize: imageSize, outputs: outputs, kernels: kernels)
  }

  /// Opens all of the model for `recorder` to see its products.
  static func open(
    _ checkpoint: CanonicalCheckpoint, precision: Precision, recorder: PrepackRecorder
  ) throws -> any Backbone {
    var kernels = ProductKernels(precision: precision)
    kernels.recorder = recorder
    return try open(checkpoint, imageSize: nil, outputs: [.finalTokens], kernels: kernels)
  }

  private static func open(
    _ checkpoint: CanonicalCheckpoint, imageSize: MapSize?, outputs: [BackboneOutput],
    kernels: ProductKernels
  ) throws -> any Backbone {
    let configuration = checkpoint.configuration
    let catalog = try catalog(configuration)
    for output in outputs { try catalog.check(output) }
    let depth = outputs.map(catalog.lastBlock).max() ?? 0
    let size = imageSize ?? configuration.details.imageSize()
    for architecture in architectures {
      if let backbone = try architecture.openOwn(checkpoint, size, depth: depth, kernels) { return backbone }
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
    _ checkpoint: CanonicalCheckpoint, _ imageSize: MapSize, depth: Int, _ kernels: ProductKernels
  ) throws -> (any Backbone)? {
    try (checkpoint.configuration.details as? Configuration).map {
      try open(checkpoint, $0, imageSize: imageSize, depth: depth, kernels: kernels)
    }
  }
}
