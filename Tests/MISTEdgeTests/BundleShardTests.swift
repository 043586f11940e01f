import MISTEdge
import TestSupport
import Testing

/// Shards written by Python's safetensors package (`Fixtures/edge-features/make.py`).
@Suite struct BundleShardTests {
  /// A shard and a bundle say each in what their features were computed, f32 where they do not, and any goes with any.
  @Test(arguments: [("f32", FeaturePrecision.f32), ("bf16-features", .bf16)])
  func precisionsMayDiffer(_ name: String, _ precision: FeaturePrecision) throws {
    try BundleFile.read("edge-bundle/\(name).mistedge") { bundle in
      #expect(bundle.precision == precision)
      for (file, wanted) in [("f32", FeaturePrecision.f32), ("bf16-features", .bf16)] {
        let bytes = try BundleFile.bytes("edge-features/\(file).safetensors")
        try bytes.withUnsafeBytes { bytes in
          let shard = try FeatureShard(bytes, for: bundle)
          #expect(shard.precision == wanted)
        }
      }
    }
  }

  @Test(arguments: ["f32", "f16", "int8", "offset", "checksums"]) func samplesAndLabelsAreRead(name: String)
    throws
  {
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

  /// What is no number is refused with its sample and token; the samples before it are read.
  @Test(arguments: [
    ("f32", 4, [0, 0, 0xC0, 0x7F]), ("f16", 2, [0, 0x7C]), ("int8", 4, [0, 0, 0x80, 0x7F]),
    ("int8", 4, [0xFF, 0xFF, 0x7F, 0x7F]), ("int8", 4, [0, 0, 0, 0xBF]),
  ])
  func whatIsNoNumberIsNamed(name: String, size: Int, bits: [UInt8]) throws {
    var bytes = try BundleFile.bytes("edge-features/\(name).safetensors")
    let archive = try #require(Self.place(of: name == "int8" ? "k12.scale" : "k12", in: bytes))
    // Sample 1, token 3, of five; channel 6 of eight.
    let token = 1 * 5 + 3
    let start = archive + size * (name == "int8" ? token : token * 8 + 6)
    bytes.replaceSubrange(start..<start + size, with: bits)
    try BundleFile.read("edge-bundle/f32.mistedge") { bundle in
      try bytes.withUnsafeBytes { bytes in
        let shard = try FeatureShard(bytes, for: bundle)
        var values = [Float](repeating: 0, count: 5 * 8)
        try values.withUnsafeMutableBufferPointer { values in
          try shard.load(0, into: [values.baseAddress!])
          let error = #expect(throws: EdgeError.self) { try shard.load(1, into: [values.baseAddress!]) }
          #expect(error?.code == .shardNotFinite && error?.sample == 1 && error?.row == 3)
          try shard.load(2, into: [values.baseAddress!])
        }
      }
    }
  }

  /// Where the data of a tensor begins in a safetensors file.
  private static func place(of tensor: String, in bytes: [UInt8]) -> Int? {
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
    return header.split(separator: "\"\(tensor)\":").dropFirst().first
      .flatMap { $0.split(separator: "\"data_offsets\":[").dropFirst().first }
      .flatMap { Int($0.prefix { $0.isNumber }) }.map { 8 + length + $0 }
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
