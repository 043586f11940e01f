import Foundation
import MISTFeatures
import MISTFormats
import TestSupport
import Testing

/// What a begun extraction trusts of the folder that it finds: nothing that it can compare.
@Suite struct ResumeTests {
  /// A store, and one that was ended after 13 images, which are three shards of four.
  private static func withBegun(
    _ body: (_ images: ImageFolder, _ whole: [String: [UInt8]], _ begun: String) throws -> Void
  )
    throws
  {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      try TestTree.extract(images, to: folder + "/whole")
      let begun = folder + "/begun"
      #expect(throws: DrawnSource.Stopped.self) {
        try TestTree.extract(images, to: begun, DrawnSource(failAfter: 13))
      }
      try body(images, try TestTree.contents(folder + "/whole"), begun)
    }
  }

  private static func edit(_ path: String, _ change: (inout Data) -> Void) throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    change(&bytes)
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  private static let first = "/train-00000-of-00005.safetensors"

  enum Damage: CaseIterable { case none, lostTail, changedByte, noLine, cutLine, noJournal, noShard }

  @Test(arguments: Damage.allCases)
  func aShardThatIsNotAsItWasIsMadeAgain(damage: Damage) throws {
    try Self.withBegun { images, whole, begun in
      let journal = begun + "/plan.sha256"
      switch damage {
      case .none: break
      case .lostTail:
        try Self.edit(begun + Self.first) { $0.replaceSubrange(($0.count - 64)..., with: Data(count: 64)) }
      case .changedByte: try Self.edit(begun + Self.first) { $0[$0.count - 9] ^= 1 }
      case .noLine:
        try Self.edit(journal) { $0 = Data($0.split(separator: 0x0A).dropFirst().joined(separator: [0x0A])) }
      case .cutLine: try Self.edit(journal) { $0 = $0.dropLast(20) }
      case .noJournal: unlink(journal)
      case .noShard: unlink(begun + Self.first)
      }
      let summary = try TestTree.extract(images, to: begun)
      let resumed = [Damage.none: 12, .noJournal: 0][damage] ?? 8
      #expect(summary.resumed == resumed)
      #expect(try TestTree.contents(begun) == whole)
    }
  }

  @Test(arguments: [
    (
      "\"labels\" : [\n        0,", "\"labels\" : [\n        1,", ErrorCode.extractDifferentStore,
      "labels of train"
    ),
    ("\"labels\" : [\n        0,", "\"labels\" : [", .extractDifferentStore, "labels of train"),
    ("\"cat\"", "\"cow\"", .extractDifferentStore, "list of classes"),
    ("\"width\" : 12", "\"width\" : 13", .extractPlanDamaged, "it was changed"),
    (
      "\"skipped\" : [\n\n      ]",
      "\"skipped\" : [{\"index\":0,\"file\":\"x\",\"code\":\"\",\"reason\":\"\"}]", .extractPlanDamaged,
      "it was changed"
    ),
    ("\"version\" : 3", "\"version\" : ", .extractPlanDamaged, "not valid JSON"),
    ("\"filesPerShard\" : 4,", "", .extractPlanDamaged, "'filesPerShard' is missing"),
  ])
  func aPlanThatWasChangedIsRefused(from: String, to: String, code: ErrorCode, says: String) throws {
    try Self.withBegun { images, _, begun in
      let path = begun + "/plan.json"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let range = try #require(text.range(of: from))
      try text.replacingCharacters(in: range, with: to).write(
        toFile: path, atomically: false, encoding: .utf8)
      let before = try TestTree.contents(begun)
      let error = #expect(throws: MISTError.self) { try TestTree.extract(images, to: begun) }
      #expect(error?.code == code && error?.problem.contains(says) == true, "\(String(describing: error))")
      #expect(try TestTree.contents(begun) == before)
    }
  }

  @Test func anotherComputationDoesNotGoOn() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      func computed(_ instructions: String, failAfter: Int = .max) -> DrawnSource {
        DrawnSource(
          failAfter: failAfter,
          computation: Computation(backend: "drawn", precision: "f32", instructions: instructions))
      }
      let begun = folder + "/begun"
      #expect(throws: DrawnSource.Stopped.self) {
        try TestTree.extract(images, to: begun, computed("avx512", failAfter: 9))
      }
      let error = #expect(throws: MISTError.self) {
        try TestTree.extract(images, to: begun, computed("avx2"))
      }
      #expect(error?.code == .extractDifferentStore)
      #expect(error?.problem.contains("drawn in f32 with avx512, not drawn in f32 with avx2") == true)
      #expect(try TestTree.extract(images, to: begun, computed("avx512")).resumed == 8)
    }
  }
}
