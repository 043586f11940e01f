import Foundation
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import MISTTuning
import TestSupport
import Testing

@testable import MISTBundle

/// Bundles against stores that the extraction itself wrote: the runtime's scanner, and golden inputs.
@Suite struct StoreBundleTests {
  /// Features that follow from their place and the image's first pixel.
  private struct Source: FeatureSource {
    let inputSize = MapSize(height: 8, width: 8)
    let layout = FeatureLayout.tokens(count: 17, channels: 32)
    let features: [Feature] = [.final, .gather(2), .gather(4)]

    func makeWorker() throws -> any FeatureWorker { Worker() }

    final class Worker: FeatureWorker {
      func extract(
        pixels: UnsafeBufferPointer<Float>, into outputs: [UnsafeMutableBufferPointer<Float>]
      ) throws {
        for i in outputs[0].indices { outputs[0][i] = pixels[1] - Float(i) / 4 }
        for (depth, gather) in outputs.dropFirst().enumerated() {
          for i in gather.indices { gather[i] = pixels[0] + Float((i * 7 + depth) % 31) / 8 }
        }
      }
    }
  }

  private static func store(in folder: String, dtype: StoredType) throws -> FeatureStore {
    let files = FileManager.default
    for (name, image) in [("a", "chelsea.jpg"), ("b", "coffee.jpg"), ("c", "rocket.jpg")] {
      let target = "\(folder)/images/test/\(name)"
      try files.createDirectory(atPath: target, withIntermediateDirectories: true)
      try files.copyItem(atPath: Fixture.path("images/" + image), toPath: target + "/" + image)
    }
    let source = Source()
    let plan = try ExtractionPlan(
      samples: ImageFolder(path: folder + "/images"), source: source,
      model: .init(
        hash: String(repeating: "5c", count: 32), source: "vit.safetensors",
        configuration: .vit(
          ViTConfiguration(width: 32, depth: 4, heads: 2, mlpWidth: 48, patchSize: 2, imageSize: [8, 8]))),
      preprocessing: Preprocessing(
        resize: .exact(height: 8, width: 8), crop: nil, interpolation: .bilinear,
        mean: Preprocessing.imageNetMean, std: Preprocessing.imageNetStd), dtype: dtype)
    _ = try Extraction(plan: plan, source: source, threads: 1).run(into: folder + "/store")
    return try FeatureStore(path: folder + "/store")
  }

  private static func head(_ feature: Feature, _ store: FeatureStore) throws -> Head {
    let like = try HeadBundleTests.head(feature)
    var description = like.description
    description.preprocessing = store.manifest.preprocessing
    return try Head(description: description, parameters: like.parameters)
  }

  /// The same values and labels through the runtime's scanner as through the store's own reader.
  @Test(arguments: StoredType.allCases, [Feature.gather(4), .final])
  func theRuntimeReadsTheStoresShards(dtype: StoredType, feature: Feature) throws {
    try Fixture.withTemporaryFolder { folder in
      let store = try Self.store(in: folder, dtype: dtype)
      let head = try Self.head(feature, store)
      let encoded = try BundleWriter(golden: .full).encode(
        BundleContents(head), input: GoldenInput(store, for: head))
      let split = try #require(store.splits.first)
      let stored =
        try feature == .final ? split.features(FeatureKey(.final)) : split.features(FeatureKey(.gather(4)))
      let file = try MappedFile(path: store.path + "/" + store.manifest.splits[0].shards[0].file)
      try encoded.bytes.withUnsafeBytes { bytes in
        let bundle = try EdgeBundle(bytes)
        #expect(bundle.golden?.label == 0)
        let shard = try FeatureShard(file.bytes, for: bundle)
        #expect(shard.samples == 3)
        for sample in 0..<3 {
          var values = [Float](repeating: .nan, count: head.shape.tokens * head.shape.channels)
          try values.withUnsafeMutableBufferPointer { try shard.load(sample, into: [$0.baseAddress!]) }
          #expect(try stored.values(sample) == values)
          #expect(try shard.label(sample) == split.labels[sample])
        }
      }
    }
  }

  @Test func aStoreOfAnotherKindIsRefused() throws {
    try Fixture.withTemporaryFolder { folder in
      let store = try Self.store(in: folder, dtype: .f32)
      var description = try Self.head(.gather(4), store).description
      description.model.hash = String(repeating: "00", count: 32)
      let head = try Head(
        description: description, parameters: Self.head(.gather(4), store).parameters)
      #expect(throws: MISTError.self) { try GoldenInput(store, for: head) }
    }
  }
}
