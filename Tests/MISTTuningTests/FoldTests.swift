import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTTuning

/// A decode head folded into a head on maps, against transformers' results with the unfolded one.
@Suite("Folding a decode head")
struct FoldTests {
  private static let folder = "segformer/decode-head/"

  private func merged() throws -> MergedDecodeHead {
    try MergedDecodeHead(archive: SafetensorsArchive(path: Fixture.path(Self.folder + "model.safetensors")))
  }

  private func maps() throws -> SafetensorsArchive {
    try SafetensorsArchive(path: Fixture.path(Self.folder + "golden.safetensors"))
  }

  private func floats(_ name: String) throws -> [Float] {
    try maps().withBytes(of: name) { try FloatConversion.floats($0, dtype: .f32) }
  }

  /// A store of the golden's maps: level 1 is 9×13, a quarter of 36×52.
  private func manifest(_ change: (inout StoreManifest) -> Void = { _ in }) throws -> StoreManifest {
    var manifest = try FeatureStore(path: Fixture.path("malformed/feature-store/valid")).manifest
    let golden = try maps()
    manifest.task = .segmentation
    manifest.levels = try (1...4).map {
      let shape = try #require(golden.info("level\($0)")).shape
      return MISTEdge.MapLevel(level: $0, height: shape[1], width: shape[2], channels: shape[3])
    }
    manifest.masks = .init(height: 36, width: 52, ignore: 255, reduceZeroLabel: true)
    manifest.gather = [2]
    manifest.final = true
    manifest.classes = (0..<7).map { "class \($0)" }
    change(&manifest)
    return manifest
  }

  @Test("the folded head gives the logits of the unfolded one")
  func golden() throws {
    let head = try Head.fold(merged(), feature: .final, manifest: manifest())
    #expect(head.shape.dense?.norm == false && !head.shape.inputNorm)
    let network = EdgeNetwork<HostKernels>(head.shape)
    network.prepare(head.parameters)
    let scratch = NetworkScratch(head.shape, training: false)
    for i in 0..<4 {
      for (j, value) in try floats("level\(i + 1)").enumerated() { scratch.inputs[i][j] = value }
    }
    let expected = try floats("logits")
    var logits = [Float](repeating: 0, count: expected.count)
    logits.withUnsafeMutableBufferPointer { out in
      guard let out = out.baseAddress else { return }
      network.forward(scratch: scratch, into: out)
    }
    let largest = expected.map(abs).max() ?? 0
    let error = zip(logits, expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(error < 2e-6 * largest, "\(error / largest)")
  }

  @Test("a folded head is written and read as any other")
  func file() throws {
    let head = try Head.fold(merged(), feature: .gather(2), manifest: manifest())
    try Fixture.withTemporaryFolder { folder in
      try head.write(to: folder + "/head.safetensors")
      let again = try Head.read(folder + "/head.safetensors")
      #expect(again.description == head.description && again.parameters == head.parameters)
      try again.check(manifest())
    }
  }

  private func code(_ names: [String]? = nil, _ change: @escaping (inout StoreManifest) -> Void) -> ErrorCode?
  {
    do {
      _ = try Head.fold(merged(), names: names, feature: .gather(2), manifest: manifest(change))
      return nil
    } catch { return (error as? MISTError)?.code }
  }

  @Test("features of other levels, channels, classes, depth or task are refused")
  func refusals() {
    #expect(code { _ in } == nil)
    #expect(code { $0.levels[2].channels = 17 } == .foldChannelsMismatch)
    #expect(code { $0.levels.removeLast() } == .foldChannelsMismatch)
    #expect(code { $0.classes.removeLast() } == .foldClassesMismatch)
    #expect(code { $0.gather = [3] } == .headFeatureMismatch)
    #expect(
      code {
        $0.task = .classification
        $0.levels = []
      } == .headWrongTask)
    // The same names in another order are other classes; other names may be other words.
    let names = (0..<7).map { "class \($0)" }
    #expect(code(Array(names.reversed())) { _ in } == .foldClassesMismatch)
    #expect(code(names) { _ in } == nil)
    #expect(code(names.map { $0.uppercased() }) { _ in } == nil)
  }
}
