import MISTEdge
import MISTFormats
import MISTTuning
import Testing

/// Ladders, side inputs and sums are read from stored blocks.
@Suite struct DerivedFeatureTests {
  /// F_i of sample s holds 100 i + 10 s + token in every channel.
  private struct Blocks: SplitFeatures {
    var stored = (0...4).map(Feature.block)
    let count = 2
    func tensors(of feature: Feature) -> [MapLevel] {
      stored.contains(feature) ? [MapLevel(level: 1, height: 1, width: 3, channels: 2)] : []
    }
    func readTensor(
      _ index: Int, _ feature: Feature, tensor: Int, tokens: [Int]?,
      into destination: UnsafeMutableBufferPointer<Float>
    ) throws {
      guard case .block(let i) = feature else { return }
      for (row, token) in (tokens ?? [0, 1, 2]).enumerated() {
        for c in 0..<2 { destination[2 * row + c] = Float(100 * i + 10 * index + token) }
      }
    }
  }

  @Test func ladder() throws {
    let blocks = Blocks()
    #expect(blocks.inputs(of: .ladder(1)).count == 5)
    #expect(blocks.inputs(of: .ladder(2)).count == 3)
    #expect(try blocks.values(1, .ladder(2), input: 2) == [410, 410, 411, 411, 412, 412])
  }

  @Test func sums() throws {
    let blocks = Blocks()
    #expect(try blocks.values(0, .side(2), input: 0) == [700, 700, 702, 702, 704, 704])
    #expect(try blocks.values(0, .gather(2), input: 0) == [300, 300, 303, 303, 306, 306])
    // Of some tokens, into memory that holds something.
    var part: [Float] = [9, 9, 9, 9]
    try part.withUnsafeMutableBufferPointer {
      try blocks.read(1, .side(1), input: 0, tokens: [0, 2], into: $0)
    }
    #expect(part == [410, 410, 412, 412])
  }

  @Test func whatIsNotThere() throws {
    let blocks = Blocks(stored: [.block(4)])
    #expect(blocks.inputs(of: .ladder(2)).isEmpty && blocks.inputs(of: .side(1)).isEmpty)
    let error = #expect(throws: MISTError.self) {
      var values = [Float](repeating: 0, count: 6)
      try values.withUnsafeMutableBufferPointer {
        try blocks.read(0, .side(2), input: 0, tokens: nil, into: $0)
      }
    }
    #expect(error?.code == .trainingNoFeature)
  }

  @Test(arguments: [
    ("8", Feature.gather(8)), ("final", .final), ("layers", .layerTokens), ("ladder2", .ladder(2)),
    ("side3", .side(3)), ("F11", .block(11)),
  ])
  func options(_ text: String, _ feature: Feature) { #expect(Feature(option: text) == feature) }

  @Test(arguments: ["0", "-1", "k8", "ladder1", "side0", "layer", ""])
  func noOptions(_ text: String) { #expect(Feature(option: text) == nil) }
}
