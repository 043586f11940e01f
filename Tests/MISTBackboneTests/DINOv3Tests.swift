import Foundation
import MISTEdge
import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTBackbone

@Suite("DINOv3 against PyTorch")
struct DINOv3Tests {
  static let folders = [
    "timm", "timm-plus", "timm-qkvb", "hf", "hf-plus", "hub", "hub-plus",
  ]

  static func checkpoint<R>(_ folder: String, _ body: (CanonicalCheckpoint, String) throws -> R) throws -> R {
    try Fixture.withTemporaryFolder { scratch in
      let source = Fixture.path("dinov3/\(folder)")
      try Conversion(ModelSource(path: source + "/model.safetensors")).run(to: scratch + "/model.safetensors")
      return try body(CanonicalCheckpoint.open(scratch + "/model.safetensors"), source)
    }
  }

  /// At the size of its library's files, and at another that is not square.
  @Test(arguments: folders, ProductBackend.allCases)
  func everyBlockAgrees(_ folder: String, _ backend: ProductBackend) throws {
    try Self.checkpoint(folder) { checkpoint, source in
      for (name, count) in [("golden", 8), ("golden-resized", 6)] {
        let golden = try GoldenFile(path: "\(source)/\(name).safetensors")
        let result = try Verification(
          checkpoint: checkpoint, golden: golden, tolerance: Verification.Tolerance.f32, backend: backend)
        #expect(result.comparisons.count == count && result.skipped.isEmpty)
        #expect(result.passed, "\(result.firstDivergent.debugDescription)")
        #expect(result.comparisons.allSatisfy { $0.relativeError < 2e-5 })
      }
    }
  }

  /// The goldens tell other periods, and none, apart from the first block on.
  @Test func rotationsAreSeen() throws {
    func first(_ folder: String, _ change: (inout DINOv3Configuration) -> Void) throws -> String? {
      try Self.checkpoint(folder) { checkpoint, source in
        var c = try #require(checkpoint.configuration.details as? DINOv3Configuration)
        change(&c)
        let golden = try GoldenFile(path: source + "/golden.safetensors")
        let tensors = try GoldenTensors(golden, TokenCatalog(c))
        let backbone = try DINOv3Backbone.make(c, imageSize: golden.imageSize, read: TensorReader(checkpoint))
        return try Verification(backbone, TokenCatalog(c), golden, tensors, tolerance: 1e-4).firstDivergent?
          .name
      }
    }
    #expect(try first("hf") { _ in } == nil)
    #expect(try first("hf") { $0.theta = 80 } == "F1")
    #expect(try first("hf") { $0.epsilon.block = 1e-2 } == "F1")
    #expect(try first("hf") { $0.queryValueBias = false } == "F1")
    // Stored periods count, and not those of a base.
    #expect(try first("hub") { $0.theta = 80 } == nil)
    #expect(
      try first("hub") {
        $0.theta = 80
        $0.storedPeriods = false
      } == "F1")
  }

  /// Pairs of channels of every head's queries and keys, and nothing else.
  @Test func turnsByTheAngle() {
    let (prefix, patches, heads, half) = (2, 3, 2, 2)
    let (width, tokens) = (heads * 2 * half, prefix + patches)
    var noise = Noise(seed: 5)
    let angles = noise.floats(patches * half)
    let start = noise.floats(tokens * 3 * width)
    var found = start
    Rotation(angles: angles, prefix: prefix, width: width, heads: heads).run(&found)
    for token in 0..<tokens {
      for part in 0..<3 {
        for head in 0..<heads {
          for j in 0..<half {
            let place = token * 3 * width + part * width + head * 2 * half + j
            let (x, y) = (Double(start[place]), Double(start[place + half]))
            let turns = token >= prefix && part < 2
            let angle = turns ? Double(angles[(token - prefix) * half + j]) : 0
            #expect(abs(Double(found[place]) - (x * cos(angle) - y * sin(angle))) < 1e-6)
            #expect(abs(Double(found[place + half]) - (y * cos(angle) + x * sin(angle))) < 1e-6)
          }
        }
      }
    }
  }
}
