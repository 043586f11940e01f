import Foundation
import FuzzSupport
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels

/// An extraction of four images that was stopped after the first shard, and what its folder held then.
struct BegunStore {
  let folder: String
  private let extraction: Extraction
  private let files: [String: [UInt8]]
  private static let planName = "plan.json"

  init(_ folder: String) throws {
    self.folder = folder
    let samples = try ImageFolder(path: Self.drawImages(in: folder + "-images"))
    func extraction(stopAfter count: Int) throws -> Extraction {
      let source = Pixels(stopAfter: count)
      let plan = try ExtractionPlan(
        samples: samples, source: source,
        model: .init(
          hash: String(repeating: "a", count: 64), source: "m",
          configuration: .vit(
            ViTConfiguration(
              width: 4, depth: 2, heads: 2, mlpWidth: 8, patchSize: 4, imageSize: [4, 4]))),
        preprocessing: .init(
          resize: .exact(height: 4, width: 4), crop: nil, interpolation: .bilinear, mean: [0, 0, 0],
          std: [1, 1, 1]),
        dtype: .f32, filesPerShard: 1)
      return Extraction(plan: plan, source: source, threads: 1)
    }
    self.extraction = try extraction(stopAfter: .max)
    do {
      _ = try extraction(stopAfter: 2).run(into: folder)
      fatalError("the extraction must stop")
    } catch is Pixels.Stopped {}
    var files: [String: [UInt8]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      files[name] = try MappedFile.contents(of: folder + "/" + name)
    }
    self.files = files
    guard files[Self.planName] != nil, files.count > 1 else {
      fatalError("a shard and a plan must lie there")
    }
  }

  /// The same small image four times, in two classes and two splits.
  private static func drawImages(in folder: String) throws -> String {
    for place in ["train/a", "train/b", "test/a", "test/b"] {
      let parent = folder + "/" + place
      try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
      try Data(fixture("vision/files/grey-1.png")).write(to: URL(fileURLWithPath: parent + "/0.png"))
    }
    return folder
  }

  var plan: [UInt8] { files[Self.planName] ?? [] }

  /// Puts the folder back as it was, but for this plan.
  func restore(plan: [UInt8]) {
    do {
      try? FileManager.default.removeItem(atPath: folder)
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for (name, bytes) in files {
        try Data(name == Self.planName ? plan : bytes).write(to: URL(fileURLWithPath: folder + "/" + name))
      }
    } catch {
      fatalError("the folder cannot be put back: \(error)")
    }
  }

  func extract() throws -> StoreManifest { try extraction.run(into: folder).manifest }

  /// Whether a finished store is of these images: the name of the model's file and the version are the older plan's to say.
  func isSame(_ manifest: StoreManifest) -> Bool {
    let own = extraction.plan.manifest
    return manifest.classes == own.classes && manifest.splits.map(\.files) == own.splits.map(\.files)
      && manifest.splits.map(\.labels) == own.splits.map(\.labels)
      && manifest.splits.allSatisfy(\.skipped.isEmpty)
      && manifest.preprocessing == own.preprocessing
      && manifest.model.configuration == own.model.configuration
  }
}

/// Features that are pixels, until it stops as a killed process would.
private final class Pixels: FeatureSource, FeatureWorker, @unchecked Sendable {
  struct Stopped: Error {}

  let inputSize = MapSize(height: 4, width: 4)
  let layout = FeatureLayout.tokens(count: 2, channels: 4)
  let features: [Feature] = [.gather(1)]
  /// One thread works.
  private var left: Int

  init(stopAfter count: Int) { left = count }

  func makeWorker() throws -> any FeatureWorker { self }

  func extract(
    pixels: UnsafeBufferPointer<Float>, into outputs: [UnsafeMutableBufferPointer<Float>]
  ) throws {
    guard left > 0 else { throw Stopped() }
    left -= 1
    for output in outputs { for i in output.indices { output[i] = pixels[i] } }
  }
}
