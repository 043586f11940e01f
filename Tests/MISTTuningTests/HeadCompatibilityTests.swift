import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import MISTTuning
import TestSupport
import Testing

@Suite("A head against features")
struct HeadCompatibilityTests {
  private static func store() throws -> FeatureStore {
    try FeatureStore(path: Fixture.path("malformed/feature-store/valid"))
  }

  /// A head for the features of `manifest`.
  private static func head(_ feature: Feature, for manifest: StoreManifest) throws -> Head {
    let shape = NetworkShape(
      tokens: feature == .final ? 1 : manifest.tokens, channels: manifest.channels,
      classes: manifest.classes.count, depth: feature == .final ? 0 : 1, rank: 2)
    let description = HeadDescription(
      task: .classification, network: HeadNetwork(shape, levels: []), feature: feature, input: nil,
      of: manifest)
    return try Head(description: description, parameters: Initialisation.parameters(shape, seed: 1))
  }

  @Test(
    "features that the head was trained on are accepted, however they are stored",
    arguments: [
      Feature.gather(1), .gather(2), .final,
    ])
  func accepts(_ feature: Feature) throws {
    let store = try Self.store()
    let head = try Self.head(feature, for: store.manifest)
    try head.check(store.manifest)
    var other = store.manifest
    other.dtype = .f16
    other.model.source = "renamed.safetensors"
    other.gather = [1, 2, 3]
    try head.check(other)
    // What the check accepts can be predicted.
    let samples = try Samples<Classes>(store.split("test"), of: store)
    let logits = try Predictor(shape: head.shape, feature: feature, threads: 2)
      .logits(samples, parameters: head.parameters)
    #expect(logits.count == samples.count * 2 && logits.allSatisfy(\.isFinite))
  }

  @Test("features of another precision differ in rounding alone: the head keeps its own, and accepts any")
  func precision() throws {
    var manifest = try Self.store().manifest
    #expect(try Self.head(.gather(1), for: manifest).description.featurePrecision == nil)
    manifest.precision = .bf16
    let head = try Self.head(.gather(1), for: manifest)
    #expect(head.description.featurePrecision == .bf16)
    for precision in Precision.allCases {
      manifest.precision = precision
      try head.check(manifest)
    }
  }

  @Test("a head with queries is written and read as any other, and says how many")
  func attentive() throws {
    let manifest = try Self.store().manifest
    var head = try Self.head(.gather(2), for: manifest)
    var shape = head.shape
    shape.readout = .pooled(.attentive(AttentiveShape(queries: 2, division: 2)))
    var description = head.description
    description.network = HeadNetwork(shape, levels: [])
    head = try Head(description: description, parameters: Initialisation.parameters(shape, seed: 1))
    try Fixture.withTemporaryFolder { folder in
      try head.write(to: folder + "/head.safetensors")
      let again = try Head.read(folder + "/head.safetensors")
      #expect(again.description == description && again.parameters == head.parameters)
      #expect(again.shape.pooling == .attentive(AttentiveShape(queries: 2, division: 2)))
      let archive = try SafetensorsArchive(path: folder + "/head.safetensors")
      #expect(try #require(archive.metadata["head"]).contains("\"queries\":2"))
      #expect(archive.info("queries.weight")?.shape == [2, 4])
      try again.check(manifest)
    }
  }

  @Test("heads with other blocks are written and read as any other", arguments: [BlockFunction.mlp, .dwconv])
  func blocks(_ function: BlockFunction) throws {
    let manifest = try Self.store().manifest
    let grid = try #require(manifest.grid)
    let shape = NetworkShape(
      grid: function == .dwconv ? grid : TokenGrid(prefix: 0, height: 1, width: manifest.tokens),
      channels: manifest.channels, classes: manifest.classes.count, depth: 2, function: function,
      rank: function == .dwconv ? 0 : 3, pooling: .mean, inputNorm: false)
    let description = HeadDescription(
      task: .classification, network: HeadNetwork(shape, levels: []), feature: .gather(2), input: nil,
      of: manifest)
    let head = try Head(description: description, parameters: Initialisation.parameters(shape, seed: 1))
    try Fixture.withTemporaryFolder { folder in
      try head.write(to: folder + "/head.safetensors")
      let again = try Head.read(folder + "/head.safetensors")
      #expect(again.description == description && again.parameters == head.parameters && again.shape == shape)
      try again.check(manifest)
    }
    guard function == .dwconv else { return }
    // As many tokens that lie otherwise.
    var other = head.description
    guard case .pooled(var network) = other.network else { return }
    network.grid = TokenGrid(prefix: 0, height: 1, width: manifest.tokens)
    other.network = .pooled(network)
    let turned = try Head(description: other, parameters: head.parameters)
    #expect {
      try turned.check(manifest)
    } throws: { ($0 as? MISTError)?.code == .headShapeMismatch }
  }

  struct Mismatch: Sendable, CustomTestStringConvertible {
    let name: String
    var feature = Feature.gather(2)
    let code: ErrorCode
    /// Both sides, as the sentence has to name them.
    let says: [String]
    let change: @Sendable (inout StoreManifest) -> Void
    var testDescription: String { name }
  }

  static let mismatches = [
    Mismatch(
      name: "model", code: .headModelMismatch, says: ["abababababab", "cdcdcdcdcdcd", "small.safetensors"],
      change: { $0.model.hash = String(repeating: "cd", count: 32) }),
    Mismatch(
      name: "gather", code: .headFeatureMismatch, says: ["k=2", "k=1, k=3"], change: { $0.gather = [1, 3] }),
    Mismatch(
      name: "final", feature: .final, code: .headFeatureMismatch, says: ["final", "k=1, k=2"],
      change: { $0.final = false }),
    Mismatch(
      name: "tokens", code: .headShapeMismatch, says: ["[3, 4]", "[7, 4]"], change: { $0.tokens = 7 }),
    Mismatch(
      name: "channels", code: .headShapeMismatch, says: ["[3, 4]", "[3, 8]"], change: { $0.channels = 8 }),
    Mismatch(
      name: "channels of the final token", feature: .final, code: .headShapeMismatch,
      says: ["[1, 4]", "[1, 8]"], change: { $0.channels = 8 }),
    Mismatch(
      name: "crop", code: .headPreprocessingMismatch, says: ["preprocessing"],
      change: { $0.preprocessing.crop = [4, 8] }),
    Mismatch(
      name: "mean", code: .headPreprocessingMismatch, says: ["preprocessing"],
      change: { $0.preprocessing.mean[2] += 0.001 }),
    Mismatch(
      name: "classes", code: .headClassesMismatch, says: ["cat, dog", "cat, fox"],
      change: { $0.classes = ["cat", "fox"] }),
    Mismatch(
      name: "order of classes", code: .headClassesMismatch, says: ["cat, dog", "dog, cat"],
      change: { $0.classes = ["dog", "cat"] }),
    Mismatch(
      name: "one class more", code: .headClassesMismatch, says: ["cat, dog,", "cat, dog, emu"],
      change: { $0.classes.append("emu") }),
  ]

  @Test("other features are refused, by what differs", arguments: mismatches)
  func refuses(_ mismatch: Mismatch) throws {
    var manifest = try Self.store().manifest
    let head = try Self.head(mismatch.feature, for: manifest)
    mismatch.change(&manifest)
    let error = try #require(#expect(throws: MISTError.self) { try head.check(manifest) })
    #expect(error.code == mismatch.code)
    for words in mismatch.says { #expect(error.problem.contains(words), "\(error)") }
    #expect(error.advice != nil && !error.description.contains("\n"))
  }
}
