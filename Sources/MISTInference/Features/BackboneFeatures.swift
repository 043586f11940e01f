import MISTBackbone
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import Synchronization

/// A model of any architecture as a source of features. The weights are read and prepacked when the first worker is made: a dry
/// run, or an extraction that is finished already, does not need them.
package final class BackboneFeatures: FeatureSource {
  package let inputSize: MapSize
  package let layout: FeatureLayout
  package let features: [Feature]
  package let layerTokens: LayerTokens?
  /// What a forward pass gives.
  package let outputs: [BackboneOutput]
  /// Where each output goes: a buffer, and the place in it of the first value.
  private let places: [OutputPlace]

  private let family: ModelPrecisions
  private let decision: PrecisionDecision
  private let backbone: Mutex<(any Backbone)?>

  /// The source of an extraction: for classification all tokens, and the final class token or mean; for segmentation maps.
  /// Throws `usage` for depths that the model does not have.
  package init(_ checkpoint: CanonicalCheckpoint, _ request: FeatureRequest) throws {
    let model = checkpoint.configuration.details
    let gathers = try request.gathers(of: model.depth, candidates: model.gatherCandidates)
    let image = try request.inputSize(or: model.imageSize())
    inputSize = image
    let levels: [Int?]
    if request.task.isDense {
      let maps = model.levels(of: image)
      let stored = request.export == .pyramid ? maps : maps.suffix(1)
      layout = .maps(stored)
      levels = stored.map(\.level)
    } else {
      let tokens = model.tokens(of: image)
      layout = .tokens(count: tokens.count, channels: tokens.channels)
      levels = [nil]
    }
    let hasFinal = request.task.isDense || model.finalToken != nil
    let (blocks, layers) = try request.extras(of: model)
    guard !gathers.isEmpty || !blocks.isEmpty || layers != nil else {
      throw MISTError(
        .usage, "nothing would be stored", advice: "name gather depths, or --store layer-tokens")
    }
    let last = [gathers.last, blocks.last, layers?.depths.last].compactMap(\.self).max()
    let final = request.final && last == model.depth && hasFinal ? [Feature.final] : []
    features =
      final + gathers.map(Feature.gather) + blocks.map(Feature.block) + (layers == nil ? [] : [.layerTokens])
    layerTokens = layers
    var pieces: [(BackboneOutput, OutputPlace)] = []
    for feature in features where feature != .layerTokens {
      for level in levels {
        pieces.append((.feature(FeatureKey(feature, level: level)), .init(buffer: pieces.count, offset: 0)))
      }
    }
    if let layers { pieces += OutputPlace.layers(layers, after: pieces.count) }
    outputs = pieces.map(\.0)
    places = pieces.map(\.1)
    family = ModelPrecisions(checkpoint, imageSize: image, outputs: outputs, backend: request.backend)
    decision = .f32
    backbone = Mutex(nil)
  }

  private init(_ other: BackboneFeatures, _ decision: PrecisionDecision) {
    (inputSize, layout, features) = (other.inputSize, other.layout, other.features)
    (layerTokens, outputs, places) = (other.layerTokens, other.outputs, other.places)
    (family, self.decision) = (other.family, decision)
    backbone = Mutex(decision.backbone)
  }

  /// The same features with the products in what `request` comes to; `inputs`, `begun` and `calibration` are what
  /// `PrecisionDecision` takes. Throws as that does.
  package func computed(
    in request: PrecisionRequest, measuredOn inputs: MeasuredInputs, begun: Precision? = nil,
    calibration: CalibratedInputs? = nil
  ) throws -> BackboneFeatures {
    BackboneFeatures(
      self,
      try PrecisionDecision(
        request, family, outputs: outputs, on: inputs, begun: begun, calibration: calibration))
  }

  /// The model, read and prepacked once. Throws what opening it throws.
  package func load() throws -> any Backbone {
    try backbone.withLock { backbone in
      if let backbone { return backbone }
      let made = try decision.open(family)
      backbone = made
      return made
    }
  }

  package var precision: Precision { decision.precision }
  package var precisionChoice: PrecisionChoice? { decision.choice }
  package var calibration: Calibration? { decision.calibration?.record }
  /// What nobody should overlook of the precision, and of weights that were packed for it, a sentence each.
  package var notes: [String] {
    get throws { try [decision.note, family.note(on: precision)].compactMap(\.self) }
  }

  package var computation: Computation? {
    let backend = family.backend ?? .automatic
    let kernels = ProductKernels(backend: backend, precision: precision)
    let watched = calibration == nil ? "" : ", calibrated with \(backend.description)"
    return Computation(
      backend: kernels.description + watched, precision: kernels.scheme,
      instructions: ProductBackend.instructionSet)
  }

  package func makeWorker() throws -> any FeatureWorker {
    Worker(try load().makeWorker(outputs), places)
  }

  package func confirm() throws { try backbone.withLock { $0 }?.confirm() }

  package func writeLastBlock(to path: String) throws { try family.checkpoint.writeLastBlock(to: path) }

  private final class Worker: FeatureWorker {
    private let worker: any BackboneWorker
    private let places: [OutputPlace]

    init(_ worker: any BackboneWorker, _ places: [OutputPlace]) {
      (self.worker, self.places) = (worker, places)
    }

    func extract(
      pixels: UnsafeBufferPointer<Float>, into outputs: [UnsafeMutableBufferPointer<Float>]
    ) throws {
      try worker.forward(pixels) { index, values in
        let place = places[index]
        _ = outputs[place.buffer][place.offset...].update(fromContentsOf: values)
      }
    }
  }
}
