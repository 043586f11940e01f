import Foundation
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import Synchronization
import TestSupport

/// A deterministic stand-in for a backbone: features are fixed sums of pixels, so that tests can compute them too. It can
/// be told to fail after a number of images, as a killed process would.
final class DrawnSource: FeatureSource {
  let inputSize = MapSize(height: 8, width: 8)
  let tokens = 5
  let channels = 12
  var layout: FeatureLayout { .tokens(count: tokens, channels: channels) }
  let gathers: [Int]
  let includesFinal: Bool
  var features: [Feature] { (includesFinal ? [.final] : []) + gathers.map(Feature.gather) }
  let scale: Float
  private let left: Mutex<Int>
  /// Images seen, over all workers.
  let seen = Mutex(0)

  let computation: Computation?
  let precision: Precision
  let precisionChoice: PrecisionChoice?
  let calibration: Calibration?

  init(
    gathers: [Int] = [1, 3], includesFinal: Bool = true, scale: Float = 1, failAfter: Int = .max,
    computation: Computation? = nil, precision: Precision = .f32, precisionChoice: PrecisionChoice? = nil,
    calibration: Calibration? = nil
  ) {
    self.calibration = calibration
    (self.precision, self.precisionChoice) = (precision, precisionChoice)
    self.computation = computation
    self.gathers = gathers
    self.includesFinal = includesFinal
    self.scale = scale
    left = Mutex(failAfter)
  }

  struct Stopped: Error {}

  func makeWorker() throws -> any FeatureWorker { Worker(self) }

  private final class Worker: FeatureWorker {
    let source: DrawnSource
    init(_ source: DrawnSource) { self.source = source }

    func extract(
      pixels: UnsafeBufferPointer<Float>, into outputs: [UnsafeMutableBufferPointer<Float>]
    ) throws {
      let left = source.left.withLock { left in
        left -= 1
        return left
      }
      if left < 0 { throw Stopped() }
      source.seen.withLock { $0 += 1 }
      for (k, output) in zip((source.includesFinal ? [100] : []) + source.gathers, outputs) {
        for i in output.indices { output[i] = source.value(pixels, k: k, place: i) }
      }
    }
  }

  func value(_ pixels: UnsafeBufferPointer<Float>, k: Int, place: Int) -> Float {
    var sum: Float = 0
    for i in stride(from: place % 7, to: pixels.count, by: 7) { sum += pixels[i] * Float((i + k) % 5 - 2) }
    return sum * scale / Float(1 + place % 3)
  }

  static let preprocessing = Preprocessing(
    resize: .shortestEdge(9), crop: [8, 8], interpolation: .bilinear, mean: Preprocessing.imageNetMean,
    std: Preprocessing.imageNetStd)

  static let configuration = ViTConfiguration(
    width: 12, depth: 4, heads: 2, mlpWidth: 48, patchSize: 4, imageSize: [8, 8])

  static func model(_ hash: Character = "a") -> StoreManifest.Model {
    StoreManifest.Model(
      hash: String(repeating: hash, count: 64), source: "drawn.safetensors",
      configuration: .vit(configuration))
  }
}

/// Image trees and stores of the tests.
enum TestTree {
  /// `train` with 20 images and `test` with 7, in two classes. `broken`: one more that cannot be read, in each split.
  static func make(in folder: String, broken: Bool = false) throws -> ImageFolder {
    let files = try Fixture.files(in: "vision/files")
    let root = folder + "/images"
    for (split, range) in [("train", 0..<20), ("test", 20..<27)] {
      for name in ["cat", "dog"] {
        try FileManager.default.createDirectory(
          atPath: "\(root)/\(split)/\(name)", withIntermediateDirectories: true)
      }
      for i in range {
        let name = files[i].split(separator: "/").last ?? ""
        try FileManager.default.copyItem(
          atPath: files[i], toPath: "\(root)/\(split)/\(i % 3 == 0 ? "cat" : "dog")/\(name)")
      }
      if broken {
        try FileManager.default.copyItem(
          atPath: Fixture.path("vision/broken/truncated-half.jpg"), toPath: "\(root)/\(split)/dog/half.jpg")
      }
    }
    return try ImageFolder(path: root)
  }

  static func plan(
    _ images: ImageFolder, _ source: DrawnSource, dtype: StoredType = .f32, perShard: Int? = 4,
    model: Character = "a", preprocessing: Preprocessing = DrawnSource.preprocessing
  ) throws -> ExtractionPlan {
    try ExtractionPlan(
      samples: images, source: source, model: DrawnSource.model(model), preprocessing: preprocessing,
      dtype: dtype,
      filesPerShard: perShard)
  }

  @discardableResult
  static func extract(
    _ images: ImageFolder, to folder: String, _ source: DrawnSource = DrawnSource(),
    dtype: StoredType = .f32,
    perShard: Int? = 4, threads: Int = 1, strict: Bool = false
  ) throws -> Extraction.Summary {
    let plan = try plan(images, source, dtype: dtype, perShard: perShard)
    return try Extraction(plan: plan, source: source, threads: threads, strict: strict).run(into: folder)
  }

  /// Every file of a folder, hidden ones included.
  static func contents(_ folder: String) throws -> [String: [UInt8]] {
    var contents: [String: [UInt8]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      contents[name] = try MappedFile.contents(of: folder + "/" + name)
    }
    return contents
  }
}
