import Foundation
import MISTFeatures
import MISTFormats
import MISTModels
import TestSupport
import Testing

/// What a store keeps of the precision that its features were computed in.
@Suite struct PrecisionRecordTests {
  private static let choice = PrecisionChoice(
    images: 3, bound: .bound,
    trials: [
      .init(.int8, error: nil, bound: .bound),
      .init(
        .bf16, error: .init(worstCosine: 0.9998, medianCosine: 0.99999, relativeError: 0.004), bound: .bound),
    ])

  /// A store in f32 says nothing, as those of earlier versions: its plan is theirs.
  @Test func f32IsNotSaid() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      try TestTree.extract(images, to: folder + "/store")
      let text = try String(contentsOfFile: folder + "/store/manifest.json", encoding: .utf8)
      #expect(!text.contains("precision"))
      let store = try FeatureStore(path: folder + "/store")
      #expect(store.manifest.precision == .f32)
      let shard = try SafetensorsArchive(path: folder + "/store/train-00000-of-00005.safetensors")
      #expect(shard.metadata["mist.precision"] == nil)
    }
  }

  @Test func anotherIsInManifestShardsAndPlan() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      let source = DrawnSource(precision: .bf16, precisionChoice: Self.choice)
      let plan = try TestTree.plan(images, source).manifest
      #expect(plan.plan != (try TestTree.plan(images, DrawnSource()).manifest.plan))
      #expect(plan.plan != (try TestTree.plan(images, DrawnSource(precision: .int8)).manifest.plan))
      #expect(plan.plan == (try TestTree.plan(images, DrawnSource(precision: .bf16)).manifest.plan))
      try TestTree.extract(images, to: folder + "/store", source)
      let store = try FeatureStore(path: folder + "/store")
      try store.verify()
      #expect(store.manifest.precision == .bf16 && store.manifest.precisionChoice == Self.choice)
      let shard = try SafetensorsArchive(path: folder + "/store/train-00000-of-00005.safetensors")
      #expect(shard.metadata["mist.precision"] == "bf16")
    }
  }

  /// What int8 was prepared by decides its bytes.
  @Test func anotherCalibrationDoesNotGoOn() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      let (one, other) = (
        Calibration(images: 2, sha256: String(repeating: "ab", count: 32)),
        Calibration(images: 2, sha256: String(repeating: "cd", count: 32))
      )
      let store = folder + "/store"
      try TestTree.extract(images, to: store, DrawnSource(precision: .int8, calibration: one))
      #expect(try FeatureStore(path: store).manifest.calibration == one)
      for calibration in [nil, other] {
        let error = #expect(throws: MISTError.self) {
          try TestTree.extract(images, to: store, DrawnSource(precision: .int8, calibration: calibration))
        }
        #expect(
          error?.code == .extractDifferentStore && error?.problem.contains("its calibration is") == true)
      }
      let plans = try [nil, one, other].map {
        try TestTree.plan(images, DrawnSource(precision: .int8, calibration: $0)).manifest.plan
      }
      #expect(Set(plans).count == 3)
    }
  }

  /// Begun and finished alike.
  @Test(arguments: [5, Int.max]) func anotherDoesNotGoOn(_ failAfter: Int) throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      let begun = folder + "/begun"
      do {
        try TestTree.extract(images, to: begun, DrawnSource(failAfter: failAfter, precision: .bf16))
      } catch is DrawnSource.Stopped {}
      let before = try TestTree.contents(begun)
      let error = #expect(throws: MISTError.self) { try TestTree.extract(images, to: begun) }
      #expect(error?.code == .extractDifferentStore)
      #expect(error?.problem.contains("its precision is bf16, not f32") == true)
      #expect(try TestTree.contents(begun) == before)
    }
  }

  /// What was measured when it was begun stays, and the store is that of an extraction that nothing ended.
  @Test func whatWasMeasuredStays() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      let (whole, begun) = (folder + "/whole", folder + "/begun")
      #expect(try BegunStore.manifest(in: begun) == nil)
      try TestTree.extract(
        images, to: whole, DrawnSource(precision: .bf16, precisionChoice: Self.choice))
      #expect(throws: DrawnSource.Stopped.self) {
        try TestTree.extract(
          images, to: begun, DrawnSource(failAfter: 9, precision: .bf16, precisionChoice: Self.choice))
      }
      let found = try #require(try BegunStore.manifest(in: begun))
      #expect(found.precision == .bf16 && found.precisionChoice == Self.choice)
      #expect(try TestTree.extract(images, to: begun, DrawnSource(precision: .bf16)).resumed == 8)
      #expect(try TestTree.contents(begun) == TestTree.contents(whole))
      #expect(try BegunStore.manifest(in: begun)?.precision == .bf16)
      #expect(try TestTree.extract(images, to: begun, DrawnSource(precision: .bf16)).processed == 0)
      #expect(try TestTree.contents(begun) == TestTree.contents(whole))
    }
  }
}
