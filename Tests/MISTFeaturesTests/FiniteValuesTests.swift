import Foundation
import MISTEdge
import MISTFormats
import TestSupport
import Testing

@testable import MISTFeatures

/// Features that are no numbers are found wherever they are read, and named.
@Suite struct FiniteValuesTests {
  /// A store whose first shard of train has `bits` at element `element` of `tensor`.
  private static func store(
    _ dtype: StoredType, _ tensor: String, element: Int, _ bits: [UInt8], in folder: String
  ) throws -> FeatureStore {
    let path = folder + "/store"
    try TestTree.extract(try TestTree.make(in: folder), to: path, dtype: dtype)
    let shard = path + "/train-00000-of-00005.safetensors"
    let archive = try SafetensorsArchive(path: shard)
    let values = try archive.withBytes(of: tensor) { [UInt8]($0) }
    var bytes = try Data(contentsOf: URL(fileURLWithPath: shard))
    let start = try #require(bytes.range(of: Data(values))).lowerBound + element * bits.count
    bytes.replaceSubrange(start..<start + bits.count, with: bits)
    try bytes.write(to: URL(fileURLWithPath: shard))
    return try FeatureStore(path: path)
  }

  /// f32 NaN, f16's infinity, and scales of int8.
  @Test(arguments: [
    (StoredType.f32, "k1", "k1", [0, 0, 0xC0, 0x7F], ErrorCode.featuresNotFinite, ", channel 3", "nan"),
    (.f16, "k3", "k3", [0, 0xFC], .featuresNotFinite, ", channel 3", "-inf"),
    (.int8, "k3.scale", "k3", [0, 0, 0x80, 0x7F], .featuresBadScale, "", "inf"),
    (.int8, "k3.scale", "k3", [0, 0, 0xC0, 0x7F], .featuresBadScale, "", "nan"),
    // Finite, but not 127 times it.
    (.int8, "k3.scale", "k3", [0xFF, 0xFF, 0x7F, 0x7F], .featuresBadScale, "", "e+38"),
  ])
  func areRefusedWithTheirPlace(
    _ dtype: StoredType, _ tensor: String, _ key: String, _ bits: [UInt8], _ code: ErrorCode, _ rest: String,
    _ value: String
  ) throws {
    try Fixture.withTemporaryFolder { folder in
      // Sample 2, token 1 of five; channel 3 of twelve.
      let token = 2 * 5 + 1
      let store = try Self.store(
        dtype, tensor, element: dtype == .int8 ? token : token * 12 + 3, bits, in: folder)
      let split = try store.split("train")
      let features = try split.features(try #require(FeatureKey(key)))
      let reads: [() throws -> Void] = [
        { _ = try features.values(2) },
        {
          var rows = [Float](repeating: 0, count: 24)
          try rows.withUnsafeMutableBufferPointer { try features.read(2, tokens: [4, 1], into: $0) }
        },
        {
          var row = [Float](repeating: 0, count: 12)
          try row.withUnsafeMutableBufferPointer { try features.readToken(1, of: 2, into: $0) }
        },
        { try features.verify() },
      ]
      for read in reads {
        let error = #expect(throws: MISTError.self) { try read() }
        #expect(error?.code == code)
        #expect(error?.place == "tensor '\(tensor)', sample 2, token 1" + rest)
        #expect(error?.file == store.path + "/train-00000-of-00005.safetensors")
        #expect(error?.problem.hasSuffix(value) == true)
      }
      // Others are untouched.
      #expect(try features.values(1).allSatisfy(\.isFinite))
      var row = [Float](repeating: 0, count: 12)
      try row.withUnsafeMutableBufferPointer { try features.readToken(0, of: 2, into: $0) }
    }
  }

  @Test(arguments: StoredType.allCases)
  func extractionNamesImageTensorAndRow(_ dtype: StoredType) throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      let error = #expect(throws: MISTError.self) {
        try TestTree.extract(images, to: folder + "/store", DrawnSource(scale: .infinity), dtype: dtype)
      }
      #expect(error?.code == .extractNotFinite && error?.file == images.splits[0].files[0])
      #expect(error?.place == "tensor 'final', row 0, channel 0")
      #expect(!FeatureStore.exists(at: folder + "/store"))
    }
  }
}
