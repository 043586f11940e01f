import Foundation
import MISTEdge
import MISTFeatures
import TestSupport

/// A feature store on disk, made by the extraction from the small images of `Fixtures/vision` and a source that sums
/// pixels: everything that training reads through in earnest, without a backbone.
struct DrawnStore: FeatureSource {
  let inputSize: MapSize
  let layout = FeatureLayout.tokens(count: 9, channels: 16)
  let features: [Feature] = [.final, .gather(4)]

  func makeWorker() throws -> any FeatureWorker { Worker() }

  private final class Worker: FeatureWorker {
    func extract(
      pixels: UnsafeBufferPointer<Float>, into outputs: [UnsafeMutableBufferPointer<Float>]
    ) throws {
      for output in outputs {
        for place in output.indices {
          var sum: Float = 0
          for i in stride(from: place % 7, to: pixels.count, by: 7) {
            sum += pixels[i] * Float((i + place) % 5 - 2)
          }
          output[place] = sum
        }
      }
    }
  }

  /// Extracts a `train` split of 21 images and a `val` split of 6, in three classes and shards of 4, into `folder`.
  static func make(in folder: String, dtype: StoredType) throws -> FeatureStore {
    let files = try Fixture.files(in: "vision/files")
    for (i, file) in files.prefix(27).enumerated() {
      let place = "\(folder)/images/\(i < 21 ? "train" : "val")/\(["ant", "bee", "cat"][i % 3])"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      let name = file.split(separator: "/").last ?? ""
      try FileManager.default.copyItem(atPath: file, toPath: "\(place)/\(name)")
    }
    let like = try FeatureStore(path: Fixture.path("malformed/feature-store/valid")).manifest
    let source = DrawnStore(inputSize: MapSize(height: 4, width: 8))
    let plan = try ExtractionPlan(
      samples: ImageFolder(path: folder + "/images"), source: source, model: like.model,
      preprocessing: like.preprocessing, dtype: dtype, filesPerShard: 4)
    _ = try Extraction(plan: plan, source: source, threads: 2).run(into: folder + "/store")
    return try FeatureStore(path: folder + "/store")
  }
}
