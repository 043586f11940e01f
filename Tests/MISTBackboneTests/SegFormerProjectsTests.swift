import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTBackbone

/// NVlabs' and mmsegmentation's files, converted, against the activations of those projects' modules.
@Suite("SegFormer of other projects against PyTorch")
struct SegFormerProjectsTests {
  private func checkpoint<R>(
    _ project: String, _ change: (inout SegFormerConfiguration) -> Void = { _ in },
    _ body: (CanonicalCheckpoint, GoldenFile) throws -> R
  ) throws -> R {
    try Fixture.withTemporaryFolder { folder in
      let (source, path) = (Fixture.path("segformer-mmseg/\(project)"), folder + "/model.safetensors")
      var options = ConversionOptions()
      options.heads = [1, 2, 4, 3]
      try Conversion(ModelSource(path: source), options: options).run(to: path)
      let converted = try CanonicalCheckpoint.open(path)
      var c = try #require(converted.configuration.segformer)
      change(&c)
      let changed = try CanonicalCheckpoint(
        archive: converted.archive, configuration: .segformer(c), preprocessing: converted.preprocessing)
      return try body(changed, GoldenFile(path: source + "/golden.safetensors"))
    }
  }

  @Test(arguments: ["nvlabs", "mmseg"], ProductBackend.allCases)
  func everyTensorAgrees(_ project: String, _ backend: ProductBackend) throws {
    try checkpoint(project) { checkpoint, golden in
      let result = try Verification(checkpoint: checkpoint, golden: golden, backend: backend)
      // F0 … F7, four stages, four levels of two depths, and the logits.
      #expect(result.comparisons.count == 21 && result.skipped.isEmpty)
      #expect(result.passed, "\(result.firstDivergent.debugDescription)")
      #expect(result.comparisons.allSatisfy { $0.relativeError < 1e-5 })
    }
  }

  /// The goldens tell the projects' epsilons apart.
  @Test(arguments: ["nvlabs", "mmseg"]) func epsilonsOfOneSiteAreNotAnothers(_ project: String) throws {
    func errors(_ change: (inout SegFormerConfiguration.Epsilons) -> Void) throws -> Double {
      let verify = { (checkpoint: CanonicalCheckpoint, golden: GoldenFile) in
        try Verification(checkpoint: checkpoint, golden: golden).comparisons.map(\.relativeError).reduce(0, +)
      }
      return try checkpoint(project, { change(&$0.epsilon) }, verify)
    }
    let own = try errors { _ in }
    if project == "nvlabs" {
      #expect(try errors { $0 = .init(all: 1e-6) } > 1.5 * own)
      #expect(try errors { $0 = .init(all: 1e-5) } > 1.5 * own)
    } else {
      #expect(try errors { ($0.patch, $0.reduction) = (1e-5, 1e-5) } > 1.5 * own)
    }
  }

  @Test(arguments: ["nvlabs", "mmseg"]) func theHeadsBatchNormsAreUsed(_ project: String) throws {
    let change = { (c: inout SegFormerConfiguration) -> Void in c.decodeHead?.batchNormEpsilon = 0.1 }
    let failed = try checkpoint(project, change) {
      try Verification(checkpoint: $0, golden: $1).comparisons.filter { !$0.passed }.map(\.name)
    }
    #expect(failed == ["logits"])
  }
}
