import MISTEdge
import TestSupport
import Testing

@Suite struct BundleFuzzTests {
  @Test(arguments: ["f32", "int8", "maps-int8"]) func everyTruncationIsRefused(name: String) throws {
    let bytes = try BundleFile.bytes("edge-bundle/\(name).mistedge")
    for count in 0..<bytes.count {
      let error = BundleFile.exact(bytes[..<count]) { BundleFile.error($0) }
      #expect(error?.code == (count < 8 ? .badMagic : .truncated), "\(count) bytes")
    }
  }

  /// The checksums find every changed byte, padding included.
  @Test(arguments: ["f16", "linear", "maps-f16"]) func everyChangedByteIsRefused(name: String) throws {
    var bytes = try BundleFile.bytes("edge-bundle/\(name).mistedge")
    var random = SeededRandom(state: 7)
    for index in bytes.indices {
      let old = bytes[index]
      bytes[index] ^= UInt8.random(in: 1...255, using: &random)
      #expect(BundleFile.exact(bytes[...]) { BundleFile.error($0) } != nil, "byte \(index)")
      bytes[index] = old
    }
  }

  /// With the checksums mended, changes reach the sections' own checks: whatever passes them must run.
  @Test(arguments: ["f32", "f16", "int8", "mean", "linear", "maps-f32", "maps-f16", "maps-int8"])
  func changesBehindValidChecksumsNeverCrash(name: String) throws {
    let valid = try BundleFile.bytes("edge-bundle/\(name).mistedge")
    let interesting: [UInt8] = [0, 1, 2, 0x7F, 0x80, 0xC0, 0xFF]
    var random = SeededRandom(state: 11)
    var refused = 0
    var accepted = 0
    for _ in 0..<2000 {
      var bytes = valid
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 8..<bytes.count, using: &random)
        bytes[index] =
          Bool.random(using: &random)
          ? interesting.randomElement(using: &random)! : UInt8.random(in: 0...255, using: &random)
      }
      BundleFile.mendChecksums(&bytes)
      BundleFile.exact(bytes[...]) { bytes in
        guard let bundle = try? EdgeBundle(bytes) else {
          refused += 1
          return
        }
        accepted += 1
        Self.run(bundle)
      }
    }
    #expect(refused > 500)
    #expect(accepted > 50)
  }

  /// Runs the golden input, unless the head asks for much: it may ask for half a gibibyte.
  private static func run(_ bundle: EdgeBundle) {
    guard let golden = bundle.golden, HeadSection.workingFloats(golden.shape) < 100_000 else { return }
    let logits = FloatBuffer(golden.shape.logitCount)
    _ = golden.run(
      on: bundle.makeNetwork(golden.shape, PortableKernels.self), scratch: NetworkScratch(golden.shape),
      into: logits.pointer)
  }

  @Test(arguments: [("int8", "f32"), ("maps-int8", "maps-f32")])
  func changedShardsNeverCrash(shard: String, bundle: String) throws {
    let valid = try BundleFile.bytes("edge-features/\(shard).safetensors")
    try BundleFile.read("edge-bundle/\(bundle).mistedge") { bundle in
      #expect(BundleFile.exact(valid[...]) { ShardFile.error($0, bundle) } == nil)
      for count in stride(from: 0, to: valid.count, by: valid.count < 10_000 ? 1 : 13) {
        #expect(BundleFile.exact(valid[..<count]) { ShardFile.error($0, bundle) } != nil, "\(count) bytes")
      }
      var random = SeededRandom(state: 13)
      let header = Int(valid[0]) + Int(valid[1]) << 8
      let syntax = Array("{}[]\",:\\0129 k".utf8)
      var refused = 0
      for _ in 0..<5000 {
        var bytes = valid
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          let inHeader = Int.random(in: 0..<4, using: &random) > 0
          let index = Int.random(in: inHeader ? 0..<(8 + header) : 0..<bytes.count, using: &random)
          bytes[index] =
            Bool.random(using: &random)
            ? syntax.randomElement(using: &random)! : UInt8.random(in: 0...255, using: &random)
        }
        if BundleFile.exact(bytes[...], { ShardFile.error($0, bundle) }) != nil { refused += 1 }
      }
      #expect(refused > 1000)
    }
  }
}
