import MISTEdge
import TestSupport
import Testing

/// Bundles of heads on layer tokens, written by `Fixtures/edge-bundle/layers.py` with golden logits in double precision.
@Suite struct LayerBundleTests {
  @Test(arguments: ["layers", "layers-stages", "layers-attentive"])
  func goldenPairsPass(_ name: String) throws {
    try BundleFile.read("edge-bundle/\(name).mistedge") { bundle in
      #expect(bundle.source.feature == .layerTokens && bundle.minimumReader == 4)
      let golden = try #require(bundle.golden)
      let network = bundle.makeNetwork(golden.shape, PortableKernels.self)
      var logits = [Float](repeating: .nan, count: golden.shape.logitCount)
      #expect(golden.run(on: network, scratch: NetworkScratch(golden.shape), into: &logits).passed)
    }
  }

  @Test func whatTheyReadIsSaid() throws {
    try BundleFile.read("edge-bundle/layers.mistedge") { bundle in
      #expect(bundle.source.layers == [0, 2, 3])
      #expect(bundle.source.tensors == [FeatureKey(.layerTokens)])
      #expect(bundle.network.pooling == .concat && bundle.network.classifierInput == 48)
    }
    try BundleFile.read("edge-bundle/layers-stages.mistedge") { bundle in
      #expect(bundle.source.layers == [1, 2, 5])
      #expect(
        bundle.source.tensors == [FeatureKey(.layerTokens, level: 1), FeatureKey(.layerTokens, level: 3)])
    }
  }
}
