import MISTBackbone
import MISTBundle
import MISTEdge
import MISTFormats
import MISTModels
import MISTTuning

/// A head ready to run on the host, wherever it came from.
package struct InferenceHead: Sendable {
  /// What makes logits of features; nil where the model's own head does, whose logits the backbone gives.
  let network: EdgeNetwork<HostKernels>?
  let feature: Feature
  /// The tensor of features of each of the network's inputs; what is summed of blocks has its own name here.
  let tensors: [FeatureKey]
  /// The depths of the layer tokens that it reads; empty for another feature.
  let layers: [Int]
  /// The grid of its logits `[h, w, K]`; nil where it gives a class per image, logits `[K]`.
  let grid: MapSize?
  package let classes: [String]
  /// The backbone it was trained on; nil for a model's own head.
  let model: HeadDescription.Model?
  /// In what the products were computed that made the features it was trained on; nil for a model's own head.
  let precision: Precision?
  /// How the images were prepared that it was trained on; `mist extract --input` may have changed the model's own.
  let preprocessing: Preprocessing
  /// Height and width of the input whose features it reads, where it says so.
  let input: MapSize?

  package var isSegmentation: Bool { grid != nil }

  /// The head of `file`. Throws what reading heads and bundles throws, naming the file.
  package init(_ file: HeadFile) throws {
    do {
      switch file {
      case .head(let path): try self.init(headFile: path)
      case .bundle(let path): self = try BundleFile(path).head
      }
    } catch let error as MISTError {
      throw error.inFile(file.path)
    }
  }

  private init(headFile path: String) throws {
    let head = try Head.read(path)
    let description = head.description
    try HeadMemory.requirePrediction(head.shape, threads: 1)
    network = Self.network(head.shape, head.parameters)
    switch description.network {
    case .pooled, .method: (grid, input) = (nil, nil)
    case .dense:
      grid = head.shape.outputSize
      input = MapSize(height: description.input[0], width: description.input[1])
    }
    preprocessing = description.preprocessing
    feature = description.feature
    tensors = description.tensors
    layers = description.layers ?? []
    classes = description.classes
    model = description.model
    precision = description.precision
  }

  /// A bundle's, which must have been opened from `path`.
  init(bundle: EdgeBundle, path: String) {
    network = bundle.makeNetwork(bundle.network, HostKernels.self)
    tensors = bundle.source.tensors
    layers = bundle.source.layers
    grid = bundle.source.maps == nil ? nil : bundle.network.outputSize
    input = bundle.source.maps?.size
    feature = bundle.source.feature
    classes = (0..<bundle.labels.count).map { String(decoding: bundle.labels[$0], as: UTF8.self) }
    let hash = bundle.source.modelHash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
      .joined()
    model = HeadDescription.Model(hash: hash, source: "of " + path)
    precision = Precision(bundle.precision)
    preprocessing = Preprocessing(bundle.preprocessing)
  }

  /// The head that `checkpoint` has of its own, for inputs of `size`: a decode head or a classifier. Throws `predict.no-head` when
  /// it has none, `predict.too-many-classes`, and the checkpoint's errors.
  init(ownHeadOf checkpoint: CanonicalCheckpoint, size: MapSize) throws {
    let catalog = try Backbones.catalog(checkpoint.configuration)
    guard let shape = catalog.shape(of: .logits, image: size), let count = shape.last else {
      throw MISTError(
        .predictNoHead, file: checkpoint.archive.path, "the model has no head of its own",
        advice: "name a head that mist train wrote, or a bundle, after the model")
    }
    grid = shape.count == 3 ? MapSize(height: shape[0], width: shape[1]) : nil
    guard grid == nil || count <= HeadLimits.mapClasses else {
      throw MISTError(
        .predictTooManyClasses, file: checkpoint.archive.path,
        "its decode head has \(count) classes, and a mask holds at most \(HeadLimits.mapClasses)"
      )
    }
    if let merged = try Self.merged(checkpoint) {
      let maps = checkpoint.configuration.details.levels(of: size)
      let shape = NetworkShape(
        levels: zip(maps, merged.channels).map { .init(height: $0.height, width: $0.width, channels: $1) },
        outputHeight: shape[0], outputWidth: shape[1], classes: merged.classes, hidden: merged.width,
        norm: false)
      network = Self.network(shape, merged.parameters)
      tensors = maps.map { FeatureKey(.final, level: $0.level) }
    } else {
      (network, tensors) = (nil, [])
    }
    layers = []
    feature = .final
    classes = checkpoint.classNames ?? (0..<count).map(String.init)
    (model, precision) = (nil, nil)
    preprocessing = checkpoint.preprocessing
    input = size
  }

  /// The decode head as one matrix per level; nil for one that is none, and for a classifier.
  private static func merged(_ checkpoint: CanonicalCheckpoint) throws -> MergedDecodeHead? {
    guard checkpoint.configuration.details.decodeHead?.kind == .linear else { return nil }
    return try MergedDecodeHead(checkpoint)
  }

  private static func network(_ shape: NetworkShape, _ parameters: [Float]) -> EdgeNetwork<HostKernels> {
    let network = EdgeNetwork<HostKernels>(shape)
    network.prepare(parameters)
    return network
  }

  /// Checks that the head was trained on features of `checkpoint`. Throws `head.model-mismatch`.
  func check(_ checkpoint: CanonicalCheckpoint) throws {
    guard let model else { return }
    let hash = try checkpoint.modelHash()
    guard hash == model.hash else {
      throw MISTError(
        .headModelMismatch,
        "the head was trained on features of model \(model.hash.prefix(12)) (\(model.source)), and this model is "
          + "\(hash.prefix(12)) (\(lastComponent(checkpoint.archive.path)))", advice: "use the head's model")
    }
  }

  /// What is to be said of features computed in `precision`, if anything.
  func note(on precision: Precision) -> String? { self.precision.flatMap { precision.note(trained: $0) } }

  private func lastComponent(_ path: String) -> Substring { path.split(separator: "/").last ?? "" }
}

extension Preprocessing {
  /// What a bundle's `PREP` section says.
  package init(_ bundle: BundlePreprocessing) {
    self.init(
      resize: bundle.resize == .exact
        ? .exact(height: bundle.height, width: bundle.width) : .shortestEdge(bundle.height),
      crop: bundle.cropHeight == 0 ? nil : [bundle.cropHeight, bundle.cropWidth],
      interpolation: bundle.interpolation == .bilinear ? .bilinear : .bicubic,
      mean: [bundle.mean.0, bundle.mean.1, bundle.mean.2],
      std: [bundle.deviation.0, bundle.deviation.1, bundle.deviation.2],
      orientation: bundle.orientation == .apply ? .apply : .ignore)
  }
}
