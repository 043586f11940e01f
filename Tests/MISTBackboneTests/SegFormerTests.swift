import MISTEdge
import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTBackbone

@Suite("SegFormer against PyTorch")
struct SegFormerTests {
  static let goldens = ["golden", "golden-odd"]

  /// Every block, stage and level, at a square size and at one where reductions drop rows and columns.
  @Test(arguments: goldens, ProductBackend.allCases)
  func everyBlockAgrees(_ name: String, _ backend: ProductBackend) throws {
    let golden = try SegFormerFixture.golden(name)
    let result = try Self.verify(try SegFormerFixture(), golden, backend)
    // F0 … F7, four stages, and four levels of three depths.
    #expect(result.comparisons.count == 24)
    #expect(result.passed, "\(result.firstDivergent.debugDescription)")
  }

  @Test func theOddSizeDropsRemainders() throws {
    let golden = try SegFormerFixture.golden("golden-odd")
    let backbone = try SegFormerFixture().backbone((golden.height, golden.width), backend: .packed)
    let dropped = backbone.stages.filter {
      $0.shape.map.height % $0.shape.stage.reduction != 0
        || $0.shape.map.width % $0.shape.stage.reduction != 0
    }
    #expect(golden.height != golden.width && !dropped.isEmpty)
  }

  @Test func wrongEpsilonsAreSeenWhereTheyAct() throws {
    let golden = try SegFormerFixture.golden("golden")
    func first(_ change: (inout SegFormerConfiguration.Epsilons) -> Void) throws -> String? {
      var model = try SegFormerFixture()
      change(&model.configuration.epsilon)
      return try Self.verify(model, golden, .packed).firstDivergent?.name
    }
    #expect(try first { $0.patch = 1e-2 } == "F0")
    #expect(try first { $0.block = 1e-2 } == "F1")
    #expect(try first { $0.reduction = 0.5 } == "F1")
    #expect(try first { $0.stage = 1e-2 } == "stage1")
  }

  @Test func onePassGivesWhatSinglePassesGive() throws {
    let (backbone, pixels) = try backbone()
    let depths = Array(0...7)
    let all = try maps(backbone, pixels, gathers(depths))
    #expect(all.count == 32)
    for k in depths {
      let single = try maps(backbone, pixels, gathers([k]))
      #expect(single.count == 4)
      for (output, map) in single { #expect(all[output] == map) }
      // The final level alone takes the same way.
      let final = try maps(backbone, pixels, [.gather(k, level: 4)])
      #expect(final == single.filter { $0.key == .gather(k, level: 4) })
    }
  }

  @Test func withoutALevelItIsTheCoarsestMapAndTheMean() throws {
    let (backbone, pixels) = try backbone()
    let wanted: [BackboneOutput] = [
      .gather(5), .gather(5, level: 4), .final(level: 4), .final(), .finalTokens,
    ]
    let all = try maps(backbone, pixels, wanted)
    #expect(all[.gather(5)] == all[.gather(5, level: 4)] && all[.finalTokens] == all[.final(level: 4)])
    let map = try #require(all[.finalTokens])
    let mean = try #require(all[.final()])
    #expect(mean.count == 24)
    for channel in mean.indices {
      let column = Swift.stride(from: channel, to: map.count, by: 24).map { map[$0] }
      #expect(abs(column.reduce(0, +) / Float(column.count) - mean[channel]) < 1e-5)
    }
    for output in wanted { #expect(backbone.shape(of: output)?.reduce(1, *) == all[output]?.count) }
    #expect(backbone.shape(of: .final()) == [1, 24])
    #expect(backbone.shape(of: .feature(FeatureKey(.block(3), level: 1))) == nil)
  }

  @Test func blocksAfterTheLastOneNeededDoNotRun() throws {
    let (backbone, pixels) = try backbone()
    func blocks(_ outputs: [BackboneOutput]) throws -> Int {
      var count = 0
      let worker = try backbone.makeWorker(outputs)
      worker.onPart = { if $0 == SegFormerPart.reduction.rawValue { count += 1 } }
      try pixels.withUnsafeBufferPointer { try worker.forward($0) { _, _ in } }
      #expect(worker.lastBlock == count)
      return count
    }
    #expect(try blocks([.block(0)]) == 0)
    #expect(try blocks([.gather(0, level: 4)]) == 0)
    #expect(try blocks([.gather(3, level: 4)]) == 3)
    #expect(try blocks([.gather(7, level: 1)]) == 2)
    #expect(try blocks([.gather(5, level: 4), .block(1)]) == 5)
    #expect(try blocks([.final(level: 2)]) == 4)
    #expect(try blocks([.final(level: 4)]) == 7)
  }

  @Test func aShallowBackboneGivesTheSameAndNoMore() throws {
    let (deep, pixels) = try backbone()
    let size = (deep.imageSize.height, deep.imageSize.width)
    let shallow = try SegFormerFixture().backbone(size, depth: 3, backend: .packed)
    let outputs = gathers([1, 3])
    #expect(try maps(shallow, pixels, outputs) == maps(deep, pixels, outputs))
    #expect(code { _ = try maps(shallow, pixels, gathers([4])) } == .backboneDepth)
  }

  @Test func badRequestsAreErrors() throws {
    let (backbone, pixels) = try backbone()
    func code(_ outputs: [BackboneOutput], drop: Int = 0) -> ErrorCode? {
      self.code { _ = try maps(backbone, Array(pixels.dropLast(drop)), outputs) }
    }
    #expect(code([.block(8)]) == .backboneDepth)
    #expect(code([.gather(-1, level: 1)]) == .backboneDepth)
    #expect(code([.gather(1, level: 5)]) == .backboneDepth)
    #expect(code([.final(level: 0)]) == .backboneDepth)
    #expect(code([.feature(FeatureKey(.block(3), level: 1))]) == .backboneDepth)
    #expect(code([.logits]) == .backboneArchitecture)
    #expect(code([.block(1)], drop: 1) == .backboneBufferSize)
    // 28 pixels leave stage 1 seven rows, fewer than its reduction; 29 leave eight.
    let model = try SegFormerFixture()
    #expect(self.code { _ = try model.backbone((28, 64), backend: .packed) } == .backboneImageSize)
    #expect(self.code { _ = try model.backbone((64, 28), backend: .packed) } == .backboneImageSize)
    #expect(self.code { _ = try model.backbone((0, 64), backend: .packed) } == .backboneImageSize)
    _ = try model.backbone((29, 64), backend: .packed)
    #expect(self.code { _ = try model.backbone((64, 64), depth: 8, backend: .packed) } == .backboneDepth)
  }

  /// A map of several strips: many more tokens than one strip takes, a height that they do not divide, no neighbour missed at
  /// their borders.
  @Test(arguments: ProductBackend.allCases) func stripsAreSeamless(_ backend: ProductBackend) throws {
    var model = try SegFormerFixture()
    model.configuration.stages[0].stride = 1
    let size = (height: 131, width: 257)
    let backbone = try model.backbone(size, depth: 1, backend: backend)
    let shape = backbone.stages[0].shape
    #expect(shape.mlpStrips.count > 2 && shape.mlpStrips.heights.count == 2)
    // A crop's inner rows do not see its borders in the Mix-FFN. (In the attention they would see other keys.)
    let scratch = SegFormerScratch(backbone)
    var noise = Noise(seed: 3)
    let start = noise.floats(shape.map.count)
    func mixed(_ rows: Range<Int>) throws -> [Float] {
      let row = shape.map.width * 4
      let part = try model.backbone((rows.count, size.width), depth: 1, backend: backend)
      let context = try ProductContext(for: part.products, kernels: part.kernels)
      let run = MixBlockRun(
        shape: part.stages[0].shape, scratch: scratch, context: context, onPart: nil)
      scratch.stream.pointer.update(
        from: Array(start[rows.lowerBound * row..<rows.upperBound * row]), count: rows.count * row)
      try run.mix(part.stages[0].blocks[0], nil)
      return Array(scratch.stream.view.prefix(rows.count * row))
    }
    let whole = try mixed(0..<size.height)
    let row = shape.map.width * 4
    for first in Swift.stride(from: 0, to: size.height - 9, by: 9) {
      let part = try mixed(first..<first + 9)
      for y in 1..<8 {
        let difference = zip(part[y * row..<(y + 1) * row], whole[(first + y) * row..<(first + y + 1) * row])
          .map { abs($0 - $1) }
        #expect((difference.max() ?? 1) < 1e-5)
      }
    }
  }

  @Test func goldensOfOtherModelsAreErrors() throws {
    let model = try SegFormerFixture()
    let golden = try SegFormerFixture.golden("golden")
    var other = model.configuration
    other.stages[3].depth = 0
    let expected = try model.tensors(golden)
    let check = { (c: SegFormerConfiguration) in
      _ = try expected.check(golden, SegFormerCatalog(configuration: c))
    }
    #expect(code { try check(other) } == .goldenDepth)
    other = model.configuration
    other.stages[1].width = 16
    #expect(code { try check(other) } == .goldenShapeMismatch)
  }

  private func code(_ body: () throws -> Void) -> ErrorCode? {
    (#expect(throws: MISTError.self) { try body() })?.code
  }

  private func backbone() throws -> (SegFormerBackbone, [Float]) {
    let golden = try SegFormerFixture.golden("golden-odd")
    let backbone = try SegFormerFixture().backbone((golden.height, golden.width), backend: .packed)
    return (backbone, try golden.floats("input"))
  }

  private func gathers(_ depths: [Int]) -> [BackboneOutput] {
    depths.flatMap { k in (1...4).map { .gather(k, level: $0) } }
  }

  private func maps(
    _ backbone: SegFormerBackbone, _ pixels: [Float], _ outputs: [BackboneOutput]
  ) throws -> [BackboneOutput: [Float]] {
    var maps: [BackboneOutput: [Float]] = [:]
    let worker = try backbone.makeWorker(outputs)
    try pixels.withUnsafeBufferPointer {
      try worker.forward($0) { index, map in
        #expect(maps.updateValue(Array(map), forKey: outputs[index]) == nil)
      }
    }
    return maps
  }

  static func verify(
    _ model: SegFormerFixture, _ golden: GoldenFile, _ backend: ProductBackend, _ precision: Precision = .f32
  ) throws -> Verification {
    let catalog = SegFormerCatalog(configuration: model.configuration)
    let tensors = try model.tensors(golden)
    try tensors.check(golden, catalog)
    return try Verification(
      try model.backbone((golden.height, golden.width), backend: backend, precision: precision), catalog,
      golden, tensors, tolerance: PrecisionTolerance.of(precision))
  }
}
