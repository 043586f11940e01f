import MISTFormats
import Testing

@testable import MISTModels

/// A position embedding's rows, and the images that they may be for.
@Suite struct PositionGridTests {
  private func grid(
    _ rows: Int, classToken: Bool = true, known: Bool? = nil, size: [Int]? = nil, input: [Int]? = nil
  ) throws -> PositionGrid {
    var hint = ConfigurationHints(origin: size == nil ? "the graph" : "--image-size")
    hint.imageSize = size
    hint.inputSize = input
    return try PositionGrid(
      rows: rows, patch: 16, classToken: classToken, classPosition: known, hints: [hint], file: "model")
  }

  @Test func onlyOneReading() throws {
    #expect(try grid(197).imageSize == [224, 224])
    #expect(try grid(197).classPosition && grid(197).unknown == nil)
    #expect(try grid(196, known: false).imageSize == [224, 224])
    #expect(try grid(196, known: false).unknown == nil)
    #expect(try !grid(196, classToken: false).classPosition)
    #expect(throws: MISTError.self) { try grid(198) }
    #expect(throws: MISTError.self) { try grid(289, known: true) }
  }

  /// Registers with positions are another model, whatever square their rows make together.
  @Test func positionsOfRegisters() throws {
    func grid(_ rows: Int, registers: Int, classToken: Bool, size: [Int]?) throws -> PositionGrid {
      var hint = ConfigurationHints(origin: "config.json")
      hint.imageSize = size
      return try PositionGrid(
        rows: rows, patch: 16, classToken: classToken, classPosition: false, registers: registers,
        hints: [hint],
        file: "model")
    }
    #expect(try grid(16, registers: 4, classToken: true, size: nil).imageSize == [64, 64])
    let refused: [(Int, Int, Bool, [Int]?)] = [
      (25, 9, false, [64, 64]), (20, 4, false, nil), (21, 4, true, [64, 64]), (21, 4, true, nil),
    ]
    for (rows, registers, classToken, size) in refused {
      let error = #expect(throws: MISTError.self) {
        _ = try grid(rows, registers: registers, classToken: classToken, size: size)
      }
      #expect(error?.code == .convertUnsupportedModel, "\(rows) \(registers)")
    }
  }

  /// 24 · 12 + 1 = 17²; 15 · 13 + 1 = 14²; 9 · 7 + 1 = 8².
  @Test("Two readings", arguments: [289, 196, 64, 9])
  func twoReadings(_ rows: Int) throws {
    let error = try grid(rows).unknown
    #expect(error?.code == .convertConfigurationMismatch)
    #expect(error?.problem.contains("in two ways") == true)
    #expect(error?.advice?.contains("--image-size") == true)
  }

  @Test func toldWhich() throws {
    #expect(try grid(289, size: [384, 192]).classPosition)
    #expect(try grid(289, size: [384, 192]).imageSize == [384, 192])
    #expect(try !grid(289, size: [272, 272]).classPosition)
    #expect(try grid(289, known: true, size: [384, 192]).classPosition)
    #expect(throws: MISTError.self) { try grid(289, known: true, size: [272, 272]) }
    #expect(throws: MISTError.self) { try grid(289, known: false, size: [384, 192]) }
    // What a graph takes.
    #expect(try grid(289, input: [384, 192]).imageSize == [384, 192])
    #expect(try !grid(289, input: [272, 272]).classPosition)
    #expect(try grid(289, input: [224, 224]).unknown != nil)
  }
}
