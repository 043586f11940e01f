import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// mmsegmentation's decode head. What it computes is compared with PyTorch where the backbone runs it.
@Suite struct ConvolutionalDecodeHeadTests {
  private static let fixture = SegFormerFixture.mmseg

  @Test func isRecognised() throws {
    let plan = try Conversion(ModelSource(path: Self.fixture.path), options: Self.fixture.bare).plan
    #expect(
      try plan.segformer.decodeHead == .init(kind: .convolutional, width: 12, classes: 7, batchNorm: true))
    let linear = try Conversion(
      ModelSource(path: SegFormerFixture.nvlabs.path), options: SegFormerFixture.nvlabs.bare
    ).plan
    #expect(try linear.segformer.decodeHead?.kind == .linear)
  }

  /// The kind is written for the second one only, so that files of the first are as they always were.
  @Test func metadata() throws {
    func text(_ head: SegFormerConfiguration.DecodeHead) throws -> String { try CanonicalMetadata.json(head) }
    let old = #"{"batchNorm":true,"batchNormEpsilon":0.5,"classes":3,"width":6}"#
    let head = SegFormerConfiguration.DecodeHead(width: 6, classes: 3, batchNormEpsilon: 0.5)
    #expect(try text(head) == old)
    var other = head
    other.kind = .convolutional
    let new = #"{"batchNorm":true,"batchNormEpsilon":0.5,"classes":3,"kind":"convolutional","width":6}"#
    #expect(try text(other) == new)
    for (fixture, kind) in [
      (SegFormerFixture.hub, SegFormerConfiguration.DecodeHead.Kind.linear), (.mmseg, .convolutional),
    ] {
      try convert(ModelSource(path: fixture.path), fixture.options) {
        let found = try $0.segformer.decodeHead?.kind
        #expect(found == kind)
        #expect($0.archive.metadata["mist.configuration"]?.contains("kind") == (kind == .convolutional))
      }
    }
  }

  /// A batch norm that an exporter folded gives the same head.
  @Test func foldedBatchNorms() throws {
    let archive = try Self.fixture.archive()
    var folded = MemoryArchive()
    for tensor in archive.tensors where !tensor.name.hasPrefix("decode_head.") {
      folded.add(tensor.name, tensor.shape, try archive.floats(tensor.name))
    }
    for name in (0...3).map({ "decode_head.convs.\($0)" }) + ["decode_head.fusion_conv"] {
      func bn(_ part: String) throws -> [Float] { try archive.floats("\(name).bn.\(part)") }
      let (gain, shift, mean, variance) =
        (try bn("weight"), try bn("bias"), try bn("running_mean"), try bn("running_var"))
      let weights = try archive.floats(name + ".conv.weight")
      let shape = try #require(archive.info(name + ".conv.weight")).shape
      let factors = gain.indices.map { gain[$0] / (variance[$0] + 1e-5).squareRoot() }
      folded.add(name + ".conv.weight", shape, weights.indices.map { weights[$0] * factors[$0 / shape[1]] })
      folded.add(name + ".conv.bias", [12], gain.indices.map { shift[$0] - mean[$0] * factors[$0] })
    }
    for name in ["decode_head.conv_seg.weight", "decode_head.conv_seg.bias"] {
      folded.add(name, try #require(archive.info(name)).shape, try archive.floats(name))
    }
    let stored = try convert(ModelSource(path: Self.fixture.path), Self.fixture.bare) {
      try #require(try ConvolutionalDecodeHead($0))
    }
    let other = try convert(ModelSource(archive: folded), Self.fixture.bare) {
      let batchNorm = try $0.segformer.decodeHead?.batchNorm
      #expect(batchNorm == false)
      return try #require(try ConvolutionalDecodeHead($0))
    }
    let parameters = { (head: ConvolutionalDecodeHead) in
      head.levels.flatMap { $0.weights + $0.bias } + head.fusion.parameters
    }
    let (a, b) = (parameters(stored), parameters(other))
    #expect(a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($0)) })
  }

  @Test func doesNotMerge() throws {
    let errors = [
      #expect(throws: MISTError.self) {
        try convert(ModelSource(path: Self.fixture.path), Self.fixture.bare) { _ = try MergedDecodeHead($0) }
      },
      #expect(throws: MISTError.self) { _ = try MergedDecodeHead(archive: Self.fixture.archive()) },
    ]
    for error in errors {
      #expect(error?.code == .convertUnsupportedModel)
      #expect(error?.problem.contains("ReLU of its own") == true)
    }
    #expect(
      try convert(ModelSource(path: SegFormerFixture.hub.path)) { try ConvolutionalDecodeHead($0) } == nil)
  }

  /// NVlabs' head is transformers' under other names.
  @Test func headsOfNVlabsMerge() throws {
    let hub = try MergedDecodeHead(archive: SegFormerFixture.hub.archive())
    let archive = try SegFormerFixture.nvlabs.archive()
    #expect(try MergedDecodeHead(archive: archive) == hub)
    #expect(try MergedDecodeHead(archive: archive.renamingAll { "module." + $0 }) == hub)
    var alone = archive
    for tensor in archive.tensors where !tensor.name.hasPrefix("decode_head.") {
      alone = alone.dropping(tensor.name)
    }
    #expect(try MergedDecodeHead(archive: alone) == hub)
  }
}
