import Foundation
import MISTBackbone
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTInference
import MISTModels
import MISTTuning
import TestSupport
import Testing

/// What an extraction stores beside gathers, with real small models.
@Suite struct StoredExtrasTests {
  /// A converted fixture, and five images in two classes.
  private func withModel(
    _ fixture: String, heads: [Int],
    _ body: (_ model: CanonicalCheckpoint, _ images: ImageFolder, _ folder: String) throws -> Void
  ) throws {
    try Fixture.withTemporaryFolder { folder in
      var options = ConversionOptions()
      options.heads = heads
      let path = folder + "/model.safetensors"
      try Conversion(ModelSource(path: Fixture.path(fixture)), options: options).run(to: path)
      for (i, file) in try Fixture.files(in: "vision/files").prefix(5).enumerated() {
        let place = "\(folder)/images/train/\(i % 2 == 0 ? "cat" : "dog")"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        let name = file.split(separator: "/").last ?? ""
        try FileManager.default.copyItem(atPath: file, toPath: "\(place)/\(name)")
      }
      try body(CanonicalCheckpoint.open(path), ImageFolder(path: folder + "/images"), folder)
    }
  }

  private func request(
    _ model: CanonicalCheckpoint, gather: [Int]? = nil, _ extras: Set<FeatureExtra>, layers: [Int]? = nil
  ) -> FeatureRequest {
    var preprocessing = model.preprocessing
    if preprocessing.crop == nil { preprocessing.resize = .exact(height: 32, width: 32) }
    var request = FeatureRequest(task: .classification, gather: gather, preprocessing: preprocessing)
    request.extras = extras
    request.layers = layers
    return request
  }

  @discardableResult
  private func extract(
    _ model: CanonicalCheckpoint, _ images: ImageFolder, _ request: FeatureRequest, to folder: String,
    dtype: StoredType = .f32
  ) throws -> FeatureStore {
    let source = try BackboneFeatures(model, request)
    let plan = try ExtractionPlan(
      samples: images, source: source,
      model: .init(
        hash: model.modelHash(), source: "model.safetensors", configuration: model.configuration),
      preprocessing: request.preprocessing, dtype: dtype, filesPerShard: 2)
    _ = try Extraction(plan: plan, source: source, threads: 2).run(into: folder)
    return try FeatureStore(path: folder)
  }

  @Test func onePassGivesEverything() throws {
    try withModel("vit/timm-dinov2-reg/model.safetensors", heads: [3]) { model, images, folder in
      let store = try extract(model, images, request(model, gather: [2, 3], [.all]), to: folder + "/all")
      #expect(store.manifest.blocks == [0, 1, 2, 3] && store.manifest.layerTokens?.depths == [0, 1, 2, 3])
      #expect(store.manifest.layerTokens?.tensors == [.init(rows: 8, channels: 24)])
      try store.verify()
      let train = try store.split("train")
      func values(_ feature: Feature, _ sample: Int) throws -> [Float] {
        try train.features(FeatureKey(feature)).values(sample)
      }
      for sample in 0..<5 {
        var sum = [Float](repeating: 0, count: 21 * 24)
        let layers = try values(.layerTokens, sample)
        for depth in 0...3 {
          let block = try values(.block(depth), sample)
          for i in sum.indices { sum[i] += block[i] }
          if depth == 2 {
            #expect(zip(try values(.gather(2), sample), sum).allSatisfy { abs($0 - $1) < 1e-5 })
          }
          // The class token, then the mean without class token and registers.
          #expect(Array(layers[48 * depth..<48 * depth + 24]) == Array(block[..<24]))
          for c in 0..<24 {
            let mean = (5..<21).map { block[$0 * 24 + c] }.reduce(0, +) / 16
            #expect(abs(mean - layers[48 * depth + 24 + c]) < 1e-5)
          }
        }
      }
      let last = try store.lastBlock()
      #expect(last.metadata["mist.format"] == "last-block")
      #expect(last.metadata["mist.model"] == store.manifest.model.hash)
      let wanted = model.configuration.tensors.filter {
        $0.name.hasPrefix("blocks.2.") || $0.name.hasPrefix("final_norm.")
      }
      #expect(Set(last.tensors.map(\.name)) == Set(wanted.map(\.name)) && !wanted.isEmpty)
      for (name, shape) in wanted {
        let values = try last.withBytes(of: name) { try FloatConversion.floats($0, dtype: .f32) }
        #expect(try values == model.floats(name, shape: shape))
      }
    }
  }

  @Test(arguments: StoredType.allCases) func layerTokensAlone(_ dtype: StoredType) throws {
    try withModel("vit/timm-vit/model.safetensors", heads: [3]) { model, images, folder in
      let whole = try extract(model, images, request(model, gather: [], [.layerTokens]), to: folder + "/f32")
      let few = request(model, gather: [], [.layerTokens], layers: [1, 3])
      let store = try extract(model, images, few, to: folder + "/few", dtype: dtype)
      #expect(store.manifest.gather.isEmpty && store.manifest.final && store.manifest.lastBlock == nil)
      #expect(store.manifest.storedFeatures == [.final, .layerTokens])
      try store.verify()
      let all = try whole.split("train").features(FeatureKey(.layerTokens)).values(4)
      let kept = try store.split("train").features(FeatureKey(.layerTokens)).values(4)
      #expect(kept.count == 4 * 24)
      for (i, value) in kept.enumerated() {
        let exact = all[(i < 48 ? 48 : 96) + i]
        #expect(dtype == .f32 ? value == exact : abs(value - exact) < 0.05)
      }
    }
  }

  @Test func aPyramidHasMeansPerStage() throws {
    try withModel("segformer/hf-segformer-encoder/model.safetensors", heads: [1, 2, 5, 4]) {
      model, images, folder in
      let store = try extract(model, images, request(model, gather: [], [.all]), to: folder + "/store")
      let layers = try #require(store.manifest.layerTokens)
      #expect(layers.depths == Array(1...model.configuration.depth) && store.manifest.blocks.isEmpty)
      #expect(layers.tensors.map(\.level) == [1, 2, 3, 4])
      #expect(Set(layers.tensors.map(\.channels)).count == 4)
      let train = try store.split("train")
      let rows = try (1...4).map { try train.features(FeatureKey(.layerTokens, level: $0)).tokens }
      #expect(rows.reduce(0, +) == model.configuration.depth)
      // Only the third stage's.
      let some = try extract(
        model, images, request(model, gather: [], [.layerTokens], layers: [layers.depths.last ?? 0]),
        to: folder + "/some")
      #expect(some.manifest.layerTokens?.tensors.map(\.level) == [4])
    }
  }

  @Test func whatIsRefused() throws {
    try withModel("vit/timm-vit/model.safetensors", heads: [3]) { model, _, _ in
      func refuse(_ request: FeatureRequest, _ words: String) {
        let error = #expect(throws: MISTError.self) { try BackboneFeatures(model, request) }
        #expect(error?.code == .usage && error?.problem.contains(words) == true, "\(error?.problem ?? "")")
      }
      refuse(request(model, [], layers: [1]), "layer tokens are not stored")
      refuse(request(model, [.blocks], layers: [1]), "layer tokens are not stored")
      refuse(request(model, [.layerTokens], layers: [4]), "depths [4]")
      refuse(request(model, gather: [], []), "nothing would be stored")
      var dense = request(model, [.ladder])
      dense.task = .segmentation
      refuse(dense, "classification alone")
    }
    try withModel("segformer/hf-segformer-encoder/model.safetensors", heads: [1, 2, 5, 4]) { model, _, _ in
      for extra: FeatureExtra in [.blocks, .ladder] {
        let error = #expect(throws: MISTError.self) { try BackboneFeatures(model, request(model, [extra])) }
        #expect(error?.code == .usage)
      }
    }
  }

  @Test func otherExtrasAreAnotherStore() throws {
    try withModel("vit/timm-vit/model.safetensors", heads: [3]) { model, images, folder in
      let target = folder + "/store"
      try extract(model, images, request(model, gather: [2], [.blocks]), to: target)
      for (extras, layers, words): (Set<FeatureExtra>, [Int]?, String) in [
        ([.ladder], nil, "final"), ([.blocks, .layerTokens], nil, "final"),
        ([.blocks, .layerTokens], [2], "layer tokens"), ([], nil, "blocks"),
      ] {
        let error = #expect(throws: MISTError.self) {
          try extract(model, images, request(model, gather: [2], extras, layers: layers), to: target)
        }
        #expect(error?.code == .extractDifferentStore && error?.problem.contains(words) == true)
      }
      // The same again is nothing to do.
      try extract(model, images, request(model, gather: [2], [.blocks]), to: target)
    }
  }

  @Test func anotherLastBlockIsRefused() throws {
    try withModel("vit/timm-vit/model.safetensors", heads: [3]) { model, images, folder in
      let store = try extract(model, images, request(model, gather: [], [.blocks]), to: folder + "/store")
      #expect(store.manifest.blocks == [2] && !store.manifest.final)
      let path = folder + "/store/last-block.safetensors"
      var bytes = try MappedFile.contents(of: path)
      bytes[bytes.count - 1] ^= 1
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: MISTError.self) { try FeatureStore(path: folder + "/store").lastBlock() }
      #expect(error?.code == .featuresHashMismatch)
      try FileManager.default.removeItem(atPath: path)
      let missing = #expect(throws: MISTError.self) { try FeatureStore(path: folder + "/store") }
      #expect(missing?.code == .featuresShardMissing)
    }
  }
}
