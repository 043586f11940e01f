import MISTEdge
import MISTFormats
import MISTModels
import Testing

@testable import MISTTuning

@Suite("Costs")
struct CostTests {
  private static let table = Result { try CostTable(.paper, type: .f16, classes: 100) }

  private func row(_ method: SeparatedMethod) throws -> CostRow {
    try #require(Self.table.get().rows.first { $0.method == method.title })
  }

  @Test("every digit that the paper prints is ours, or follows from a convention that is named")
  func paper() throws {
    let table = try Self.table.get()
    #expect(table.rows.count == 10 && table.inseparable.count == 7 && table.unsupported.isEmpty)
    for row in table.rows {
      for (name, figure) in row.figures { #expect(figure.isExplained, "\(row.method) \(name) \(figure)") }
    }
  }

  /// DESIGN section 2: transfer and parameters in 2²⁰, multiply-adds in 10⁹.
  @Test(
    "our figures",
    arguments: [
      (SeparatedMethod.linear, "0.003", "0.000", "0.000"), (.partial1, "0.577", "6.761", "1.454"),
      (.lst, "7.503", "2.266", "0.554"), (.last, "4.040", "0.667", "0.153"),
      (.blocks(.attention, depth: 4), "0.577", "0.381", "0.087"),
      (.blocks(.attention, depth: 8), "0.577", "0.762", "0.175"),
      (.blocks(.mlp, depth: 4), "0.577", "0.381", "0.077"),
      (.blocks(.mlp, depth: 8), "0.577", "0.762", "0.155"),
      (.blocks(.dwconv, depth: 4), "0.577", "0.035", "0.005"),
      (.blocks(.dwconv, depth: 8), "0.577", "0.070", "0.011"),
    ])
  func ours(_ method: SeparatedMethod, _ transfer: String, _ parameters: String, _ edge: String) throws {
    let row = try row(method)
    func text(_ figure: CostFigure) -> String { CostFigure.text(figure.value, like: "0.000") }
    #expect(text(row.transfer) == transfer && text(row.parameters) == parameters && text(row.edge) == edge)
    #expect(text(row.cloud) == "17.563")
  }

  @Test("which convention a digit follows")
  func conventions() throws {
    #expect(
      try row(.partial1).parameters.convention?.text == "counting matrices alone, without biases and norms")
    #expect(try row(.lst).parameters.convention?.text == "in units of 10⁶")
    #expect(try row(.last).parameters.convention?.text == "counting matrices alone, without norms")
    #expect(try row(.partial1).edge.convention?.text == "counting one of the two attention products")
    #expect(try row(.lst).edge.convention?.text == "counting one of the two attention products")
    #expect(
      try row(.last).edge.convention == nil && row(.blocks(.attention, depth: 4)).edge.convention == nil)
    #expect(try row(.linear).cloud.convention?.text == "counting one more per value of the 25 norms")
    func parameters(_ method: SeparatedMethod) throws -> (all: Int, matrices: Int) {
      method.parameters(try method.shape(.paper, classes: 3))
    }
    #expect(try parameters(.lst).all == 2_376_492)
    #expect(try parameters(.last).matrices == 688_128 && parameters(.last).all == 698_880)
    #expect(try parameters(.partial1).matrices == 7_077_888)
  }

  @Test("what is stored and sent, by type")
  func transfer() throws {
    let inputs = SeparatedMethod.blocks(.attention, depth: 4).inputs(.paper)
    #expect(TransferCost.bytes(inputs, type: .f32) == 197 * 768 * 4)
    #expect(TransferCost.bytes(inputs, type: .f16) == 197 * 768 * 2)
    #expect(TransferCost.bytes(inputs, type: .int8) == 197 * (768 + 8))
    #expect(try row(.linear).transferBytes == 768 * 4)
  }

  @Test("a network's own costs are those of its table and its limits")
  func network() throws {
    let shape = NetworkShape(tokens: 197, channels: 768, classes: 10)
    let inputs = [MapLevel(level: 1, height: 1, width: 197, channels: 768)]
    let cost = NetworkCost(shape, inputs: inputs, type: .f16)
    #expect(cost.parameters == 399_360 + 2 * 768 + 7690)
    #expect(cost.multiplyAdds.total == 87_398_656 + 7680)
    #expect(cost.prediction == Int(HeadSection.workingFloats(shape)) * 4)
    #expect(try #require(cost.training) > 2 * #require(cost.prediction))
    // Dense and attentive readouts are counted too.
    let maps = NetworkShape(
      levels: [StreamShape(height: 4, width: 4, channels: 8, depth: 1, reduction: 2)], outputHeight: 4,
      outputWidth: 4,
      classes: 3, hidden: 5, rank: 2)
    #expect(maps.multiplyAdds.total == 16 * 8 * 8 + 2 * 16 * 4 * 2 + 16 * 8 * 5 + 16 * 15)
    let queries = NetworkShape(
      tokens: 9, channels: 12, classes: 2, depth: 0,
      pooling: .attentive(AttentiveShape(queries: 3, division: 2)))
    #expect(queries.multiplyAdds.total == 2 * 9 * 12 * 3 + 72 + 6 * 2)
  }

  @Test("another model has its own costs, and no digits of the paper's beside them")
  func other() throws {
    let configuration = ModelConfiguration(
      ViTConfiguration(width: 384, depth: 12, heads: 6, mlpWidth: 1536, patchSize: 14, imageSize: [518, 518]))
    let geometry = try BackboneGeometry(configuration, image: MapSize(height: 224, width: 224))
    let table = try CostTable(geometry, type: .f16, classes: 10)
    #expect(table.tokens == 257 && table.inseparable.isEmpty)
    #expect(table.rows.allSatisfy { $0.paper == nil && $0.figures.allSatisfy { $0.figure.paper == nil } })
    let gated = ModelConfiguration(
      ViTConfiguration(
        width: 64, depth: 4, heads: 4, mlpWidth: 96, mlp: .swiglu, patchSize: 16, imageSize: [64, 64]))
    let partial = try CostTable(
      BackboneGeometry(gated, image: MapSize(height: 64, width: 64)), type: .f16, classes: 10)
    #expect(partial.unsupported.keys.sorted() == ["partial-1"] && partial.rows.count == 9)
    let segformer = ModelConfiguration(
      SegFormerConfiguration(stages: [
        .init(width: 8, depth: 1, heads: 1, reduction: 1, mlpWidth: 16, patchSize: 7, stride: 4)
      ]))
    #expect {
      try BackboneGeometry(segformer, image: MapSize(height: 64, width: 64))
    } throws: { ($0 as? MISTError)?.code == .costNoTokens }
  }
}
