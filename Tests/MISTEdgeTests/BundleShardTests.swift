import MISTEdge
import TestSupport
import Testing

/// Shards written by Python's safetensors package (`Fixtures/edge-features/make.py`).
@Suite struct BundleShardTests {
  @Test(arguments: ["f32", "f16", "int8"]) func samplesAndLabelsAreRead(name: String) throws {
    let bytes = try BundleFile.bytes("edge-features/\(name).safetensors")
    try BundleFile.read("edge-bundle/f32.mistedge") { bundle in
      try bytes.withUnsafeBytes { bytes in
        let shard = try FeatureShard(bytes, for: bundle)
        #expect(shard.samples == 3)
        let labels = try (0..<3).map { try shard.label($0) }
        #expect(labels == [2, 0, 1])
        for sample in 0..<3 {
          var values = [Float](repeating: .nan, count: 5 * 8)
          try values.withUnsafeMutableBufferPointer { try shard.load(sample, into: [$0.baseAddress!]) }
          // The script stores ((7·sample + 5·token + 3·channel) mod 16 − 8) / 4, for int8 with scale 1/4.
          var expected: [Float] = []
          for token in 0..<5 {
            for channel in 0..<8 {
              let code = (7 * sample + 5 * token + 3 * channel) % 16 - 8
              expected.append(Float(code) / 4)
            }
          }
          #expect(values == expected)
        }
      }
    }
  }

  @Test func theFinalClassTokenIsFoundByALinearHeadOnIt() throws {
    let bytes = try BundleFile.bytes("edge-features/f16.safetensors")
    try BundleFile.read("edge-bundle/final.mistedge") { bundle in
      #expect(bundle.source.feature == .final)
      try bytes.withUnsafeBytes { bytes in
        let shard = try FeatureShard(bytes, for: bundle)
        var values = [Float](repeating: .nan, count: 8)
        try values.withUnsafeMutableBufferPointer { try shard.load(2, into: [$0.baseAddress!]) }
        let expected: [Float] = (16..<24).map { Float($0) / 8 }
        #expect(values == expected)
      }
    }
  }

  @Test func consumedBytesAreHandedBack() throws {
    let bytes = try BundleFile.bytes("edge-features/f32.safetensors")
    try BundleFile.read("edge-bundle/f32.mistedge") { bundle in
      try bytes.withUnsafeBytes { bytes in
        let shard = try FeatureShard(bytes, for: bundle)
        var count = 0
        var place = 0
        for sample in 1...3 { place = shard.release(before: sample, from: place) { count += $0.count } }
        #expect(count == 3 * 5 * 8 * 4)
      }
    }
  }
}
