import MISTBundle
import MISTEdge
import MISTFormats
import MISTModels
import MISTTuning

/// A head ready to run on the host, wherever it came from.
struct PredictionHead: Sendable {
  let network: EdgeNetwork<BLASKernels>
  /// The numbers of the pyramid's levels that it reads; nil where it reads tokens and gives a class per image.
  let levels: [Int]?
  let feature: Feature
  let classes: [String]
  /// The backbone it was trained on; nil for a model's own decode head.
  let model: HeadDescription.Model?
  /// How the images were prepared that it was trained on; `mist extract --input` may have changed the model's own.
  let preprocessing: Preprocessing
  /// Height and width of the input whose features it reads, where it says so.
  let input: (height: Int, width: Int)?

  /// A head file's. Throws what reading heads throws.
  init(headFile path: String) throws {
    let head = try Head.read(path)
    let description = head.description
    network = Self.network(head.shape, head.parameters)
    switch description.network {
    case .pooled:
      levels = nil
      input = nil
    case .dense(let network):
      levels = network.levels.map(\.level)
      input = (description.input[0], description.input[1])
    }
    preprocessing = description.preprocessing
    feature = description.feature
    classes = description.classes
    model = description.model
  }

  /// A bundle's, which must have been opened from `path`.
  init(bundle: EdgeBundle, path: String) {
    network = bundle.makeNetwork(bundle.network, BLASKernels.self)
    levels = bundle.source.maps?.levels
    input = bundle.source.maps.map { ($0.height, $0.width) }
    feature = bundle.source.feature
    classes = (0..<bundle.labels.count).map { String(decoding: bundle.labels[$0], as: UTF8.self) }
    let hash = bundle.source.modelHash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
      .joined()
    model = HeadDescription.Model(hash: hash, source: "of " + path)
    preprocessing = Preprocessing(bundle.preprocessing)
  }

  /// The decode head of a SegFormer for inputs of `size`. Throws `predict.no-head` when the model has none,
  /// `predict.too-many-classes`, and the checkpoint's errors.
  init(decodeHeadOf checkpoint: CanonicalCheckpoint, size: (height: Int, width: Int)) throws {
    guard checkpoint.configuration.details.decodeHead != nil else {
      throw MISTError(
        .predictNoHead, file: checkpoint.archive.path, "the model has no decode head of its own",
        advice: "name a head that mist train wrote, or a bundle, after the model")
    }
    let merged = try MergedDecodeHead(checkpoint)
    guard merged.classes <= HeadLimits.mapClasses else {
      throw MISTError(
        .predictTooManyClasses, file: checkpoint.archive.path,
        "its decode head has \(merged.classes) classes, and a mask holds at most \(HeadLimits.mapClasses)"
      )
    }
    let maps = checkpoint.configuration.details.levels(of: MapSize(height: size.height, width: size.width))
    guard let finest = maps.first else { throw MISTError(.bug, "a model has no maps") }
    let shape = NetworkShape(
      levels: zip(maps, merged.channels).map { .init(height: $0.height, width: $0.width, channels: $1) },
      outputHeight: finest.height, outputWidth: finest.width, classes: merged.classes, hidden: merged.width,
      norm: false)
    network = Self.network(shape, merged.parameters)
    levels = Array(1...maps.count)
    feature = .final
    classes = checkpoint.classNames ?? (0..<merged.classes).map(String.init)
    model = nil
    preprocessing = checkpoint.preprocessing
    input = size
  }

  private static func network(_ shape: NetworkShape, _ parameters: [Float]) -> EdgeNetwork<BLASKernels> {
    let network = EdgeNetwork<BLASKernels>(shape)
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

  private func lastComponent(_ path: String) -> Substring { path.split(separator: "/").last ?? "" }
}

extension Preprocessing {
  /// What a bundle's `PREP` section says.
  init(_ bundle: BundlePreprocessing) {
    self.init(
      resize: bundle.resize == .exact
        ? .exact(height: bundle.height, width: bundle.width) : .shortestEdge(bundle.height),
      crop: bundle.cropHeight == 0 ? nil : [bundle.cropHeight, bundle.cropWidth],
      interpolation: bundle.interpolation == .bilinear ? .bilinear : .bicubic,
      mean: [bundle.mean.0, bundle.mean.1, bundle.mean.2],
      std: [bundle.deviation.0, bundle.deviation.1, bundle.deviation.2])
  }
}
