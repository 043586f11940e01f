import MISTEdge
import Testing

@Suite("Names of features and sizes")
struct FeatureKeyTests {
  @Test(
    "A key's name is read back as the key",
    arguments: [
      FeatureKey(.final), FeatureKey(.block(0)), FeatureKey(.block(12)), FeatureKey(.gather(8)),
      FeatureKey(.gather(41), level: 1), FeatureKey(.final, level: 4),
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
      "k12.level1.scale", "k99999999999999999999",
    ])
  func refused(name: String) {
    #expect(FeatureKey(name) == nil)
  }

  @Test("Sizes are read height first") func sizes() {
    #expect(MapSize("364x476") == MapSize(height: 364, width: 476))
    #expect(MapSize(height: 364, width: 476).description == "364x476")
    for text in ["", "364", "364x", "0x4", "4x16385", "4x4x4", "-4x4"] { #expect(MapSize(text) == nil) }
  }
}
