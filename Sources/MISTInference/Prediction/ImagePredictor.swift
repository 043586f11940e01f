import MISTBackbone
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import MISTVision

/// Images to predictions: decoding, preprocessing, a backbone as deep as the head needs, and the head. One object serves any
/// number of threads, each with a worker of its own.
///
/// ```swift
/// let predictor = try ImagePredictor(model: "vit.safetensors", head: "head.safetensors")
/// let worker = try predictor.makeWorker()
/// switch try worker.predict(file) {
/// case .classes(let classes): print(classes[0].name)
/// case .mask(let mask): print(mask.height, mask.width)
/// }
/// ```
public final class ImagePredictor: Sendable {
  let head: InferenceHead
  let backbone: any Backbone
  package let decision: PrecisionDecision
  /// What the backbone gives, and where each goes among `HeadRunner.inputs`.
  let outputs: [BackboneOutput]
  let places: [OutputPlace]
  /// Decodes and prepares the images.
  package let preprocessor: Preprocessor
  let size: MapSize

  /// Names of the classes; results are indices into them.
  public var classes: [String] { head.classes }
  /// Whether results are masks.
  public var isSegmentation: Bool { head.isSegmentation }
  /// Pixels of the model's input.
  public var inputHeight: Int { size.height }
  public var inputWidth: Int { size.width }

  /// In what the model's products are computed: `f32`, `bf16` or `int8`.
  public var precision: String { decision.precision.rawValue }
  /// What nobody should overlook, a sentence each: another precision than the one asked for, or than that of the features which the
  /// head was trained on.
  public let notes: [String]

  /// Opens a converted model and a head for it.
  /// - Parameters:
  ///   - model: The file that `mist convert` wrote.
  ///   - head: What `mist train` or `mist export` wrote for this model; nil for the model's own decode head or classifier.
  ///   - example: The file of an image like those to come, which decides the input's size where neither head nor preprocessing
  ///     does, and which `auto` measures on.
  ///   - precision: In what the model's products are computed; f32 where the processor has no instructions for it.
  ///
  /// Throws `MISTError`: what reading models, heads and bundles throws, `predict.no-head`, `predict.too-many-classes`, and the
  /// `head.` codes when head and model do not belong together.
  public convenience init(
    model: String, head: String? = nil, example: [UInt8]? = nil, precision: PrecisionRequest = .f32
  ) throws {
    let examples = example.map { [$0] } ?? []
    try self.init(
      model: model, head: head.map { try HeadFile($0) }, precision: precision,
      images: ExampleImages(count: examples.count) { examples[$0] })
  }

  /// `backend`: the library of products in f32; the fastest when nil. `images`: those to come, the first of which is read where the size
  /// of the input depends on it.
  package init(
    model: String, head file: HeadFile?, backend: ProductBackend? = nil,
    precision: PrecisionRequest = .f32, calibration: CalibrationFolder? = nil, images: ExampleImages
  ) throws {
    let checkpoint = try CanonicalCheckpoint.open(model)
    if let file {
      // Which the head is checked by, once the model is open.
      _ = checkpoint.laterHash
      head = try InferenceHead(file)
    } else {
      let own = try Preprocessor(checkpoint.preprocessing)
      let size =
        try own.outputSize ?? images.first().map { own.outputSize(of: try own.decode(bytes: $0).image) }
      head = try InferenceHead(
        ownHeadOf: checkpoint, size: size ?? checkpoint.configuration.details.imageSize())
    }
    preprocessor = try Preprocessor(head.preprocessing)
    size = head.input ?? preprocessor.outputSize ?? checkpoint.configuration.details.imageSize()
    let own = head
    func check() throws {
      do {
        try own.check(checkpoint)
      } catch let error as MISTError {
        throw file.map { error.inFile($0.path) } ?? error
      }
    }
    let placed: [PlacedOutput]
    do {
      placed = try head.outputs(of: checkpoint.configuration, size)
    } catch {
      // What another model lacks is no finding about this one.
      try check()
      throw error
    }
    (outputs, places) = (placed.map(\.output), placed.map(\.place))
    let family = ModelPrecisions(checkpoint, imageSize: size, outputs: outputs, backend: backend)
    let (preprocessing, size) = (head.preprocessing, size)
    let calibrated = try calibration.map { try CalibratedInputs($0, preprocessing, size) }
    decision = try PrecisionDecision(
      precision, family, outputs: outputs, on: images.inputs(preprocessor, size),
      calibration: calibrated)
    notes = try [decision.note, head.note(on: decision.precision), family.note(on: decision.precision)]
      .compactMap(\.self)
    backbone = try decision.open(family)
    try check()
  }

  /// A worker for one thread. Throws the backbone's errors.
  public func makeWorker() throws -> Worker { try Worker(self) }

  /// One thread's memory.
  public final class Worker {
    private let predictor: ImagePredictor
    private let backbone: any BackboneWorker
    private let runner: HeadRunner
    private var pixels: [Float]

    fileprivate init(_ predictor: ImagePredictor) throws {
      self.predictor = predictor
      backbone = try predictor.backbone.makeWorker(predictor.outputs)
      runner = HeadRunner(predictor.head)
      pixels = [Float](repeating: 0, count: 3 * predictor.size.count)
    }

    /// Predicts the JPEG or PNG file `bytes`; of classes, the `top` most probable. Where the preprocessing applies EXIF orientations, a mask
    /// is that of the image as a viewer shows it.
    /// Throws `MISTError`: the decoder's `image.` codes, and `predict.input-size` for an image whose preprocessing gives an input
    /// of another size.
    public func predict(_ bytes: [UInt8], top: Int = 5) throws -> ImageResult {
      try predict(predictor.preprocessor.decode(bytes: bytes).image, top: top)
    }

    package func predict(_ image: RGBImage, top: Int) throws -> ImageResult {
      let (preprocessor, expected) = (predictor.preprocessor, predictor.size)
      let size = preprocessor.outputSize(of: image)
      guard size == expected else {
        throw MISTError(
          .predictInputSize,
          "its preprocessing gives an input of \(size.height) × \(size.width), where "
            + "\(expected.height) × \(expected.width) is expected",
          advice: "predict it on its own, or crop it")
      }
      try pixels.withUnsafeMutableBufferPointer { try preprocessor.apply(image, into: $0) }
      try pixels.withUnsafeBufferPointer { pixels in
        try backbone.forward(pixels) { index, values in
          guard let base = values.baseAddress else { return }
          runner.put(base, count: values.count, at: predictor.places[index])
        }
      }
      try predictor.backbone.confirm()
      guard predictor.isSegmentation else { return .classes(runner.rank(top: top)) }
      return .mask(ImageMask(runner.segment(preprocessor, height: image.height, width: image.width)))
    }
  }
}
