import Foundation
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTVision
import TestSupport
import Testing

@Suite struct FeatureStoreTests {
  /// Rounding to f16: half a unit in the last of 11 bits.
  static let toleranceF16: Float = 0x1p-11
  /// Rounding to int8: half a step of the token's scale, and f32's own rounding.
  static let toleranceInt8: Float = 0.5 * 1.0001

  /// Largest error of a stored value whose token's largest magnitude is `largest`.
  static func bound(_ dtype: StoredType, _ value: Float, largest: Float) -> Float {
    switch dtype {
    case .f32: 0
    case .f16: abs(value) * toleranceF16
    case .int8: largest / 127 * toleranceInt8
    }
  }

  /// What the source computes for a sample.
  static func expected(_ images: ImageFolder, _ source: DrawnSource, file: String, k: Int) throws -> [Float] {
    let preprocessor = try Preprocessor(DrawnSource.preprocessing)
    let pixels = try preprocessor.apply(try ImageDecoder.decode(images.path + "/" + file)).values
    let count = k == 100 ? source.channels : source.tokens * source.channels
    return pixels.withUnsafeBufferPointer { pixels in
      (0..<count).map { source.value(pixels, k: k, place: $0) }
    }
  }

  @Test(arguments: StoredType.allCases)
  func featuresComeBackWithinTheTypesError(dtype: StoredType) throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder, broken: true)
      let source = DrawnSource()
      try TestTree.extract(images, to: folder + "/store", source, dtype: dtype, threads: 2)
      let store = try FeatureStore(path: folder + "/store")
      try store.verify()
      #expect(store.manifest.classes == ["cat", "dog"] && store.manifest.splitNames == ["train", "test"])
      for split in store.splits {
        for k in source.gathers {
          let features = try split.features(FeatureKey(.gather(k)))
          #expect(features.count == split.count)
          for sample in 0..<split.count {
            let exact = try Self.expected(images, source, file: split.file(of: sample), k: k)
            let stored = try features.values(sample)
            for token in 0..<source.tokens {
              let range = token * source.channels..<(token + 1) * source.channels
              let largest = exact[range].map(abs).max() ?? 0
              let far = range.filter {
                abs(stored[$0] - exact[$0]) > Self.bound(dtype, exact[$0], largest: largest)
              }
              #expect(far.isEmpty)
            }
          }
        }
        let final = try split.features(FeatureKey(.final))
        let last = split.count - 1
        #expect(try final.values(last) == Self.expected(images, source, file: split.file(of: last), k: 100))
      }
    }
  }

  @Test(arguments: StoredType.allCases)
  func rowsAreThoseOfTheWholeFeature(dtype: StoredType) throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      try TestTree.extract(images, to: folder + "/store", dtype: dtype)
      let features = try FeatureStore(path: folder + "/store").split("train").features(FeatureKey(.gather(3)))
      let (whole, channels) = (try features.values(17), features.channels)
      var rows = [Float](repeating: 0, count: 3 * channels)
      try rows.withUnsafeMutableBufferPointer { try features.read(17, tokens: [4, 0, 2], into: $0) }
      let wanted = [4, 0, 2].flatMap { Array(whole[$0 * channels..<($0 + 1) * channels]) }
      #expect(rows == wanted)
      var row = [Float](repeating: 0, count: channels)
      try row.withUnsafeMutableBufferPointer { try features.readToken(of: 17, into: $0) }
      #expect(row == Array(whole[..<channels]))
    }
  }

  @Test func asksInVain() throws {
    try Fixture.withTemporaryFolder { folder in
      let images = try TestTree.make(in: folder)
      try TestTree.extract(images, to: folder + "/store", DrawnSource(includesFinal: false))
      let store = try FeatureStore(path: folder + "/store")
      #expect(#expect(throws: MISTError.self) { try store.split("val") }?.code == .featuresNoSuchSplit)
      #expect(
        #expect(throws: MISTError.self) { try store.split("train").features(FeatureKey(.gather(2))) }?.code
          == .featuresNoSuchGather)
      #expect(
        #expect(throws: MISTError.self) { try store.split("train").features(FeatureKey(.final)) }?.code
          == .featuresNoFinal)
      #expect(
        #expect(throws: MISTError.self) { try FeatureStore(path: folder + "/none") }?.code == .fileNotFound)
      #expect(#expect(throws: MISTError.self) { try FeatureStore(path: folder) }?.code == .featuresIncomplete)
    }
  }

  @Test func quantisesTokensOfEveryMagnitude() throws {
    let spread = FeatureQuantization.smallestSpread
    for values in [
      [0, 0, 0], [1e-38, -1e-38, 0], [254, -254, 127], [-1, 253, 0], [spread, -spread, 0], [5, 5, 5],
      [3e38, -3e38, 1], (0..<20).map { Float($0 * $0) },
    ] as [[Float]] {
      for hasOffset in [false, true] {
        var codes = [UInt8](repeating: 0, count: values.count)
        var back = [Float](repeating: 0, count: values.count)
        let largest = values.reduce(0) { max($0, $1.magnitude) }
        let grid = values.withUnsafeBufferPointer { values in
          codes.withUnsafeMutableBytes {
            FeatureQuantization.encode(values, largest: largest, hasOffset: hasOffset, into: $0)
          }
        }
        #expect(grid.isPossible && (hasOffset || grid.offset == 0))
        codes.withUnsafeBytes { codes in
          back.withUnsafeMutableBufferPointer { FeatureQuantization.decode(codes, grid, into: $0) }
        }
        for (value, read) in zip(values, back) {
          let bound: Float = grid.scale * 0.2501 + value.magnitude * 1e-6
          #expect(abs(value / 2 - read / 2) <= bound)
        }
        // Least and greatest are codes of the grid, so that a step is as small as can be.
        if hasOffset, grid.scale != 1 { #expect(codes.contains(127) && codes.contains(129)) }
      }
    }
  }
}
