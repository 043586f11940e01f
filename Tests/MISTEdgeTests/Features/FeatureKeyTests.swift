import MISTEdge
import Testing

@Suite("Names of features and sizes")
struct FeatureKeyTests {
  @Test(
    "A key's name is read back as the key",
    arguments: [
      FeatureKey(.final), FeatureKey(.block(0)), FeatureKey(.block(12)), FeatureKey(.gather(8)),
      FeatureKey(.gather(41), level: 1), FeatureKey(.final, level: 4), FeatureKey(.layerTokens),
      FeatureKey(.layerTokens, level: 2),
    ])
  func roundTrip(key: FeatureKey) {
    #expect(FeatureKey(key.description) == key)
  }

  @Test("Names are those of shards") func names() {
    #expect(FeatureKey(.gather(14), level: 2).description == "k14.level2")
    #expect(FeatureKey("final.level1") == FeatureKey(.final, level: 1))
    #expect(FeatureKey("F3") == FeatureKey(.block(3)))
  }

  @Test(
    "No two spellings mean one key",
    arguments: [
      "", "k", "12", "k012", "k-1", "K12", "F03", "final.", "final.level0", "final.level01", "k12.scale",
      "k12.level",
      "k12.level1.scale", "k99999999999999999999", "layers1", "layers.level", "ladder", "ladder2", "side3",
      "ladder2.level1",
    ])
  func refused(name: String) {
    #expect(FeatureKey(name) == nil)
  }

  @Test("Derived features have names, and are no tensors") func derived() {
    for feature: Feature in [.ladder(1), .ladder(2), .side(1), .side(13), .layerTokens] {
      #expect(Feature(feature.description) == feature)
    }
    #expect(Feature("ladder") == .ladder(1) && Feature("side3") == .side(3))
    for name in ["ladder1", "ladder02", "ladder0", "side", "side0", "side03", "layers2"] {
      #expect(Feature(name) == nil)
    }
  }

  @Test("What a feature is read from") func origins() {
    let blocks = (0...5).map(Feature.block)
    let stored = blocks + [.gather(3), .layerTokens]
    #expect(Feature.gather(3).origin(in: stored) == .stored)
    #expect(Feature.gather(4).origin(in: stored) == .sum(Array(blocks[0...4])))
    #expect(Feature.gather(6).origin(in: stored) == nil)
    #expect(Feature.block(5).origin(in: stored) == .stored)
    #expect(Feature.ladder(1).origin(in: stored) == .inputs(blocks))
    #expect(Feature.ladder(2).origin(in: stored) == .inputs([.block(0), .block(2), .block(4)]))
    #expect(Feature.ladder(6).origin(in: stored) == nil)
    #expect(Feature.side(2).origin(in: stored) == .sum([.block(4), .block(5)]))
    #expect(Feature.side(6).origin(in: stored) == .sum(blocks))
    #expect(Feature.side(7).origin(in: stored) == nil)
    #expect(Feature.final.origin(in: stored) == nil)
    // The last map but one alone is no ladder.
    for feature: Feature in [.ladder(1), .side(1), .gather(4)] {
      #expect(feature.origin(in: [.block(4), .gather(3)]) == nil)
    }
  }

  @Test("Sizes are read height first") func sizes() {
    #expect(MapSize("364x476") == MapSize(height: 364, width: 476))
    #expect(MapSize(height: 364, width: 476).description == "364x476")
    for text in ["", "364", "364x", "0x4", "4x16385", "4x4x4", "-4x4"] { #expect(MapSize(text) == nil) }
  }
}
