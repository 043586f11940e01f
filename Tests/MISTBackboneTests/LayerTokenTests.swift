import MISTEdge
import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTBackbone

/// Class token and mean patch token of every depth against timm's and transformers' own modules.
@Suite("Layer tokens against PyTorch")
struct LayerTokenTests {
  struct Model: Sendable, CustomTestStringConvertible {
    let folder: String
    let heads: [Int]
    let rows: Int
    let layers: Int
    var testDescription: String { folder }

    static let all = [
      Model(folder: "vit/timm-vit", heads: [3], rows: 2, layers: 4),
      Model(folder: "vit/timm-dinov2-reg", heads: [3], rows: 2, layers: 4),
      Model(folder: "vit-sources/siglip-gap", heads: [3], rows: 1, layers: 3),
      Model(folder: "segformer/hf-segformer-encoder", heads: [1, 2, 5, 4], rows: 1, layers: 6),
    ]
  }

  @Test(arguments: Model.all) func everyDepthAgrees(_ model: Model) throws {
    try Fixture.withTemporaryFolder { folder in
      var options = ConversionOptions()
      options.heads = model.heads
      let source = Fixture.path(model.folder + "/model.safetensors")
      try Conversion(ModelSource(path: source), options: options).run(to: folder + "/model.safetensors")
      let checkpoint = try CanonicalCheckpoint.open(folder + "/model.safetensors")
      let name = model.folder.split(separator: "/").last ?? ""
      let golden = try GoldenFile(path: Fixture.path("layer-tokens/\(name).safetensors"))
      let result = try Verification(checkpoint: checkpoint, golden: golden)
      #expect(result.comparisons.count == model.layers && result.skipped.isEmpty)
      #expect(result.passed, "\(result.firstDivergent.debugDescription)")
      let catalog = try Backbones.catalog(checkpoint.configuration)
      #expect(catalog.shape(of: .layer(1), image: golden.imageSize)?.first == model.rows)
      #expect(catalog.shape(of: .layer(model.layers), image: golden.imageSize) == nil)
    }
  }

  /// Registers are in neither token: a model with them, by hand.
  @Test func registersAreLeftOut() throws {
    let model = try FixtureModel.named("timm-dinov2-reg")
    let pixels = try model.golden().floats("input")
    var found: [[Float]] = [[], []]
    let worker = try model.backbone(backend: .packed).makeWorker([.block(2), .layer(2)])
    try pixels.prefix(3 * 32 * 32).withUnsafeBufferPointer {
      try worker.forward($0) { index, values in found[index] = Array(values) }
    }
    #expect(worker.lastBlock == 2 && found[1].count == 48)
    #expect(Array(found[1][..<24]) == Array(found[0][..<24]))
    for c in 0..<24 {
      let mean = (5..<21).map { found[0][$0 * 24 + c] }.reduce(0, +) / 16
      #expect(abs(mean - found[1][24 + c]) < 1e-5)
    }
  }
}
