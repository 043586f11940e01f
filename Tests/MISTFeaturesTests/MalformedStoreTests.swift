import Foundation
import MISTEdge
import MISTFeatures
import MISTFormats
import TestSupport
import Testing

/// Every rule of `Formats/feature-store.md` that names a broken store, against that store.
@Suite struct MalformedStoreTests {
  struct Rule: Sendable, CustomTestStringConvertible {
    let id: String
    let error: String
    let folder: String
    var testDescription: String { id }
  }

  static func rules() throws -> [Rule] {
    let text = try String(contentsOfFile: Fixture.root + "/../Formats/feature-store.md", encoding: .utf8)
    return text.split(separator: "\n").filter { $0.hasPrefix("| FS-") }.compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 4, cells[3] != "—" else { return nil }
      return Rule(id: cells[0], error: cells[2], folder: cells[3])
    }
  }

  @Test(arguments: try rules())
  func refusesEachInOneSentence(rule: Rule) throws {
    let path = Fixture.path("malformed/" + rule.folder)
    let error = #expect(throws: MISTError.self) { try FeatureStore(path: path).verify() }
    #expect(error?.code.name == rule.error)
    #expect(error?.code.exit == .badData)
    #expect(error?.file?.hasPrefix(path) == true)
    #expect(error?.description.contains("\n") == false)
  }

  @Test func everyFolderBelongsToARule() throws {
    let named = Set(try Self.rules().map { Fixture.path("malformed/" + $0.folder) })
    let folders = try Fixture.files(in: "malformed/feature-store").filter {
      !$0.contains("/valid") && !$0.hasSuffix(".py")
    }
    #expect(Set(folders) == named && folders.count == 81)
  }

  @Test func theUnchangedStoreIsValid() throws {
    let store = try FeatureStore(path: Fixture.path("malformed/feature-store/valid"))
    try store.verify()
    let train = try store.split("train")
    #expect(train.labels == [0, 0, 1, 0] && train.fileIndices == [0, 2, 3, 4])
    let values = try train.features(FeatureKey(.gather(2))).values(1)
    let wanted: [Float] = (12..<24).map { Float(2 * $0 - 127) / 2 }
    #expect(values == wanted)
    #expect(try train.features(FeatureKey(.final)).values(2) == [0, 0.125, 0.25, 0.375])
  }

  /// What version 3 says by name, earlier ones said by their number.
  @Test(arguments: [("valid", "valid-named"), ("valid-segmentation", "valid-named-segmentation")])
  func versionsSayTheSame(_ earlier: String, _ named: String) throws {
    let (old, new) = (
      try FeatureStore(path: Fixture.path("malformed/feature-store/" + earlier)),
      try FeatureStore(path: Fixture.path("malformed/feature-store/" + named))
    )
    try new.verify()
    #expect(old.manifest.version < 3 && new.manifest.version == 3)
    var like = new.manifest
    like.version = old.manifest.version
    for number in like.splits.indices { like.splits[number].shards = old.manifest.splits[number].shards }
    #expect(like == old.manifest)
  }

  /// Files cut at any place and bytes changed anywhere end in an error or in a store, never in a crash.
  @Test func damagedManifestsNeverCrash() throws {
    try Fixture.withTemporaryFolder { folder in
      let valid = Fixture.path("malformed/feature-store/valid")
      try FileManager.default.copyItem(atPath: valid, toPath: folder + "/store")
      for name in ["manifest.json", "train-00000-of-00002.safetensors"] {
        let path = folder + "/store/" + name
        let bytes = try MappedFile.contents(of: path)
        var state: UInt64 = 3
        for _ in 0..<60 {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          var damaged = bytes
          damaged[Int(state >> 33) % damaged.count] = UInt8(truncatingIfNeeded: state >> 25)
          try Data(damaged).write(to: URL(fileURLWithPath: path))
          do {
            try FeatureStore(path: folder + "/store").verify()
          } catch let error as MISTError {
            #expect(error.code.exit == .badData)
          }
        }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
      }
    }
  }
}
