import MISTEdge
import TestSupport
import Testing

/// Bundles and shards of heads on maps (`Fixtures/edge-bundle/make.py`, `Fixtures/edge-features/make.py`).
@Suite struct BundleMapTests {
  /// Logits by a plain implementation in Python, double precision, of the weights and maps as stored.
  @Test(arguments: ["maps-f32", "maps-f16", "maps-int8"])
  func goldenLogitsOfTheReferenceAreReproduced(name: String) throws {
    try BundleFile.read("edge-bundle/\(name).mistedge") { bundle in
      let golden = try #require(bundle.golden)
      let logits = FloatBuffer(golden.shape.logitCount)
      let result = golden.run(
        on: bundle.makeNetwork(golden.shape, PortableKernels.self),
        scratch: NetworkScratch(golden.shape), into: logits.pointer)
      #expect(result.passed)
      #expect(result.relativeError <= 4e-6)
      #expect(result.maximumMagnitude > 0.1)
      // A logit that is off at one of the positions is noticed.
      let last = BundleGolden.position(BundleGolden.positions(golden.shape) - 1, golden.shape)
      logits.pointer[last * golden.shape.classes] += 0.01
      #expect(!golden.compare(logits.pointer).passed)
    }
  }

  @Test func fieldsAreRead() throws {
    try BundleFile.read("edge-bundle/maps-int8.mistedge") { bundle in
      #expect(bundle.version == 2)
      #expect(bundle.minimumReader == 2)
      let shape = bundle.network
      #expect(bundle.task == .segmentation)
      #expect(
        shape
          == NetworkShape(
            levels: [
              .init(height: 6, width: 8, channels: 8, depth: 1, reduction: 4),
              .init(height: 3, width: 4, channels: 12, depth: 2, reduction: 2),
            ], outputHeight: 6, outputWidth: 8, classes: 3, hidden: 5, rank: 2, inputNorm: true, norm: true))
      #expect(bundle.source.maps == BundleSource.Maps(height: 24, width: 32, levels: [1, 3]))
      #expect(bundle.source.feature == .gather(12))
      let golden = try #require(bundle.golden)
      #expect(golden.shape.streams.map(\.tokens) == [20, 6])
      #expect(golden.type == .int8)
    }
    try BundleFile.read("edge-bundle/maps-f16.mistedge") { bundle in
      #expect(bundle.network.dense?.hidden == 0)
      #expect(bundle.source.feature == .final)
      #expect(bundle.source.maps == BundleSource.Maps(height: 70, width: 98, levels: [1]))
    }
  }

  @Test(arguments: ["f32", "f16", "int8"]) func mapsAndMasksAreRead(name: String) throws {
    let bytes = try BundleFile.bytes("edge-features/maps-\(name).safetensors")
    try BundleFile.read("edge-bundle/maps-f32.mistedge") { bundle in
      try bytes.withUnsafeBytes { bytes in
        let shard = try FeatureShard(bytes, for: bundle)
        #expect(shard.samples == 3)
        #expect(shard.maskSize == MapSize(height: 24, width: 32))
        for sample in 0..<3 {
          let buffers = [FloatBuffer(6 * 8 * 8), FloatBuffer(3 * 4 * 12)]
          try shard.load(sample, into: buffers.map(\.pointer))
          for (buffer, (level, height, width, channels)) in zip(buffers, [(1, 6, 8, 8), (3, 3, 4, 12)]) {
            // ((7·sample + 5·y + 2·x + 3·channel + level) mod 16 − 8) / 4, for int8 with scale 1/4.
            var expected: [Float] = []
            for y in 0..<height {
              for x in 0..<width {
                for channel in 0..<channels {
                  let code = (7 * sample + 5 * y + 2 * x + 3 * channel + level) % 16 - 8
                  expected.append(Float(code) / 4)
                }
              }
            }
            #expect(Array(UnsafeBufferPointer(start: buffer.pointer, count: buffer.count)) == expected)
          }
          let mask = try #require(try shard.mask(sample))
          var expected: [UInt8] = []
          for y in 0..<24 {
            for x in 0..<32 {
              let value = (y / 5 + x / 7 + sample) % 4
              expected.append(value == 3 ? 255 : UInt8(value))
            }
          }
          #expect(Array(mask) == expected)
        }
      }
    }
  }

  @Test func consumedMapsAreHandedBack() throws {
    let bytes = try BundleFile.bytes("edge-features/maps-f32.safetensors")
    try BundleFile.read("edge-bundle/maps-f32.mistedge") { bundle in
      try bytes.withUnsafeBytes { bytes in
        let shard = try FeatureShard(bytes, for: bundle)
        var pieces: [Int] = []
        var place = 0
        for sample in 1...3 { place = shard.release(before: sample, from: place) { pieces.append($0.count) } }
        // Less than a mebibyte: both levels and the masks at the end.
        #expect(pieces == [3 * 6 * 8 * 8 * 4, 3 * 3 * 4 * 12 * 4, 3 * 24 * 32])
      }
    }
  }

  /// Against the definition in double precision, at sizes that no scale divides, larger and smaller than the grid.
  @Test(arguments: [(5, 7, 18, 25), (6, 8, 24, 32), (4, 4, 4, 4), (9, 9, 4, 5), (1, 1, 3, 2)])
  func classMapsAreTheLargestOfTheResizedLogits(gridHeight: Int, gridWidth: Int, height: Int, width: Int) {
    let classes = 11
    var random = SeededRandom(state: 5)
    let grid = (0..<gridHeight * gridWidth * classes).map { _ in Float.random(in: -1...1, using: &random) }
    let map = ClassMap(
      gridHeight: gridHeight, gridWidth: gridWidth, classes: classes, height: height, width: width)
    func source(_ i: Int, _ size: Int, _ count: Int) -> (Int, Int, Double) {
      let p = max((Double(i) + 0.5) * Double(count) / Double(size) - 0.5, 0)
      let first = min(Int(p), count - 1)
      return (first, min(first + 1, count - 1), p - Double(first))
    }
    for y in 0..<height {
      var row = [UInt8](repeating: 0, count: width)
      grid.withUnsafeBufferPointer { grid in
        row.withUnsafeMutableBufferPointer { map.row(y, of: grid.baseAddress!, into: $0.baseAddress!) }
      }
      let (top, bottom, v) = source(y, height, gridHeight)
      for x in 0..<width {
        let (left, right, u) = source(x, width, gridWidth)
        let logits = (0..<classes).map { k -> Double in
          func at(_ y: Int, _ x: Int) -> Double { Double(grid[(y * gridWidth + x) * classes + k]) }
          return (at(top, left) * (1 - u) + at(top, right) * u) * (1 - v)
            + (at(bottom, left) * (1 - u) + at(bottom, right) * u) * v
        }
        let best = logits.max() ?? 0
        #expect(logits[Int(row[x])] >= best - 1e-6, "\(y), \(x)")
      }
    }
  }
}
