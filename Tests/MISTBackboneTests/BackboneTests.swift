import Foundation
import MISTEdge
import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTBackbone

@Suite("Forward pass against PyTorch")
struct BackboneTests {
  static let folders = [
    "timm-vit", "timm-dinov2-reg", "timm-swiglu", "timm-prenorm", "hf-vit", "hf-dinov2",
    "hf-dinov2-registers",
  ]

  @Test(arguments: folders, ProductBackend.allCases)
  func everyBlockAgrees(_ folder: String, _ backend: ProductBackend) throws {
    let model = try FixtureModel.named(folder)
    let golden = try model.golden()
    let result = try compare(model, golden, backend)
    #expect(result.comparisons.count == 8)
    #expect(result.passed, "\(result.firstDivergent.debugDescription)")
  }

  @Test(arguments: ["timm-vit", "timm-dinov2-reg", "hf-dinov2"], ProductBackend.allCases)
  func otherImageSizesAgree(_ folder: String, _ backend: ProductBackend) throws {
    let model = try FixtureModel.named(folder)
    let golden = try model.golden("golden-resized.safetensors")
    #expect(golden.height != golden.width)
    let result = try compare(model, golden, backend)
    #expect(result.passed, "\(result.firstDivergent.debugDescription)")
  }

  /// The formula, beside the products that run.
  @Test(arguments: ["timm-vit", "timm-swiglu", "hf-dinov2-registers"]) func multiplyAdds(_ folder: String)
    throws
  {
    let backbone = try FixtureModel.named(folder).backbone(backend: .packed)
    for depth in 0...2 {
      let all = backbone.configuration.multiplyAdds(of: backbone.imageSize, depth: depth)
      #expect(try backbone.productRunner(depth: depth).multiplyAdds == all.products)
      #expect(all.attention == depth * backbone.tokens * backbone.tokens * backbone.configuration.width)
      #expect(backbone.multiplyAdds(depth: depth) == all.products + 2 * all.attention)
    }
  }

  @Test func wrongEpsilonIsSeen() throws {
    var model = try FixtureModel.timm("timm-vit") { $0.epsilon.block = 1e-2 }
    #expect(try compare(model, try model.golden(), .oneDNN).firstDivergent?.name == "F1")
    model = try FixtureModel.timm("timm-vit") { $0.epsilon.final = 1e-2 }
    #expect(try compare(model, try model.golden(), .oneDNN).firstDivergent?.name == "final_norm")
  }

  @Test func wrongResizeMethodIsSeen() throws {
    let model = try FixtureModel.timm("timm-vit") { $0.positionResize = .bicubic }
    let result = try compare(model, try model.golden("golden-resized.safetensors"), .oneDNN)
    #expect(result.firstDivergent?.name == "F0")
  }

  @Test func onePassGivesEveryGatherOnceAndInOrder() throws {
    let model = try FixtureModel.named("timm-vit")
    let pixels = try model.golden().floats("input")
    var order: [BackboneOutput] = []
    var sums: [BackboneOutput: [Float]] = [:]
    var total = [Float](repeating: 0, count: 17 * 24)
    let all: [BackboneOutput] = [
      .gather(3), .gather(0), .gather(2), .block(0), .block(1), .block(2), .block(3), .finalTokens, .final(),
    ]
    let worker = try model.backbone(backend: .oneDNN).makeWorker(all)
    try pixels.prefix(3 * 32 * 32).withUnsafeBufferPointer {
      try worker.forward($0) { index, values in
        let output = all[index]
        order.append(output)
        sums[output] = Array(values)
        guard case .feature(let key) = output else { return }
        if case .block = key.feature {
          for i in total.indices { total[i] += values[i] }
        } else if case .gather = key.feature {
          #expect(zip(values, total).allSatisfy { abs($0 - $1) < 1e-4 })
        }
      }
    }
    #expect(
      order == [
        .block(0), .gather(0), .block(1), .block(2), .gather(2), .block(3), .gather(3), .finalTokens,
        .final(),
      ])
    #expect(sums[.final()] == sums[.finalTokens].map { Array($0.prefix(24)) })
  }

  /// Level 1 is the patches' rows of the tokens, class token and registers left out.
  @Test func levelOneIsThePatches() throws {
    let model = try FixtureModel.named("timm-dinov2-reg")
    let pixels = try model.golden().floats("input")
    let wanted: [BackboneOutput] = [
      .gather(2), .gather(2, level: 1), .finalTokens, .final(level: 1),
      .feature(FeatureKey(.block(1), level: 1)),
      .block(1),
    ]
    let backbone = try model.backbone(backend: .packed)
    var found = [[Float]](repeating: [], count: wanted.count)
    try pixels.prefix(3 * 32 * 32).withUnsafeBufferPointer {
      try backbone.makeWorker(wanted).forward($0) { index, values in found[index] = Array(values) }
    }
    for (all, patches) in [(0, 1), (2, 3), (5, 4)] {
      #expect(found[all].count == 21 * 24 && found[patches] == Array(found[all].dropFirst(5 * 24)))
    }
    for (output, values) in zip(wanted, found) {
      #expect(backbone.shape(of: output)?.reduce(1, *) == values.count)
    }
    #expect(backbone.shape(of: .gather(2, level: 1)) == [4, 4, 24])
    #expect(backbone.shape(of: .final()) == [1, 24] && backbone.shape(of: .gather(4)) == nil)
  }

  @Test func workersShareOneBackboneAndAgree() throws {
    let model = try FixtureModel.named("hf-dinov2")
    let backbone = try model.backbone(depth: 2, backend: .oneDNN)
    let pixels = try model.golden().floats("input")
    let workers = try (0..<3).map { _ in try backbone.makeWorker([.gather(2)]) }
    let results = Results(count: 24)
    try WorkerPool.forEach(24, workers: workers) { worker, index in
      let image = index % 2
      try pixels[image * 3072..<(image + 1) * 3072].withUnsafeBufferPointer {
        try worker.forward($0) { _, values in results.set(index, Array(values)) }
      }
    }
    for index in 2..<24 { #expect(results[index] == results[index % 2]) }
    #expect(results[0] != results[1])
  }

  @Test func badRequestsAreErrors() throws {
    let model = try FixtureModel.named("timm-vit")
    let backbone = try model.backbone(depth: 1, backend: .openBLAS)
    let pixels = [Float](repeating: 0, count: 3072)
    func code(_ count: Int, _ outputs: [BackboneOutput]) -> ErrorCode? {
      #expect(throws: MISTError.self) {
        try pixels.prefix(count).withUnsafeBufferPointer {
          try backbone.makeWorker(outputs).forward($0) { _, _ in }
        }
      }?.code
    }
    #expect(code(3071, [.gather(1)]) == .backboneBufferSize)
    #expect(code(3072, [.gather(4)]) == .backboneDepth)
    #expect(code(3072, [.gather(-1)]) == .backboneDepth)
    #expect(code(3072, [.gather(2)]) == .backboneDepth)
    #expect(code(3072, [.final()]) == .backboneDepth)
    #expect(code(3072, [.gather(1, level: 2)]) == .backboneDepth)
    #expect(code(3072, [.logits]) == .backboneArchitecture)
    let small = #expect(throws: MISTError.self) { try model.backbone(imageSize: (7, 32), backend: .openBLAS) }
    #expect(small?.code == .backboneImageSize)
    let deep = #expect(throws: MISTError.self) { try model.backbone(depth: 4, backend: .openBLAS) }
    #expect(deep?.code == .backboneDepth)
  }

  private func compare(
    _ model: FixtureModel, _ golden: GoldenFile, _ backend: ProductBackend
  ) throws -> Verification {
    try model.verify(golden, backend)
  }
}

/// A slot per job, written from several threads.
final class Results: @unchecked Sendable {
  private let lock = NSLock()
  private var values: [[Float]]

  init(count: Int) { values = .init(repeating: [], count: count) }

  func set(_ index: Int, _ value: [Float]) { lock.withLock { values[index] = value } }

  subscript(_ index: Int) -> [Float] { lock.withLock { values[index] } }
}
