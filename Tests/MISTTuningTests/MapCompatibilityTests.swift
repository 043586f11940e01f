import MISTEdge
import MISTFeatures
import MISTFormats
import MISTTuning
import TestSupport
import Testing

@Suite("A head for segmentation against features")
struct MapCompatibilityTests {
  private static func store() throws -> FeatureStore {
    try FeatureStore(path: Fixture.path("malformed/feature-store/valid-segmentation"))
  }

  private static func recipe(_ feature: Feature) -> Recipe<Masks> {
    var recipe = Recipe<Masks>()
    recipe.head = .mlp
    recipe.lae = .all
    recipe.feature = feature
    recipe.hidden = 4
    recipe.depth = 1
    recipe.rank = 2
    recipe.epochs = 2
    recipe.batch = 2
    return recipe
  }

  @Test(
    "what was trained on a store is accepted by it, and measures as it did",
    arguments: [Feature.gather(1), .gather(2), .final])
  func accepts(_ feature: Feature) throws {
    let store = try Self.store()
    let (data, note) = try TrainingData<Masks>.open(store, seed: 1)
    #expect(note == nil)
    // One of the four listed views could not be read.
    #expect(data.train.count == 3 && data.train.imageCount == 2 && data.validation.count == 1)
    let trained = try TrainingRun.run(Self.recipe(feature), data: data, seed: 1, threads: 2)
    let head = try Head(trained, data: data, manifest: store.manifest)
    try head.check(store.manifest)
    #expect(head.description.input == [4, 6] && head.shape.outputCount == 2)
    #expect(head.shape.streams.map(\.reduction) == [2, 1])
    var other = store.manifest
    other.dtype = .f16
    other.model.source = "renamed.safetensors"
    other.gather = [1, 2, 3]
    try head.check(other)
    try Fixture.withTemporaryFolder { folder in
      try head.write(to: folder + "/head.safetensors")
      let read = try Head.read(folder + "/head.safetensors")
      let predictor = Predictor<Masks>(shape: read.shape, feature: feature, threads: 1)
      let evaluation = try predictor.evaluate(data.validation, parameters: read.parameters)
      #expect(evaluation.confusion == trained.trial.validation.confusion)
      #expect(read.description.training?.validation["meanIoU"] == evaluation.meanIoU)
    }
  }

  struct Mismatch: Sendable, CustomTestStringConvertible {
    let name: String
    let code: ErrorCode
    /// Both sides, as the sentence has to name them.
    let says: [String]
    let change: @Sendable (inout StoreManifest) -> Void
    var testDescription: String { name }
  }

  static let mismatches = [
    Mismatch(
      name: "task", code: .headWrongTask, says: ["segmentation", "classification"],
      change: { $0.task = .classification }),
    Mismatch(
      name: "model", code: .headModelMismatch, says: ["abababababab", "cdcdcdcdcdcd"],
      change: { $0.model.hash = String(repeating: "cd", count: 32) }),
    Mismatch(
      name: "gather", code: .headFeatureMismatch, says: ["k=2", "k=1, k=3"], change: { $0.gather = [1, 3] }),
    Mismatch(
      name: "channels", code: .headShapeMismatch, says: ["1: 2×3×4", "1: 2×3×6"],
      change: { $0.levels[0].channels = 6 }),
    Mismatch(
      name: "a level less", code: .headShapeMismatch, says: ["1: 2×3×4, 2: 1×2×8", "have 2: 1×2×8"],
      change: { $0.levels.removeFirst() }),
    Mismatch(
      name: "another level", code: .headShapeMismatch, says: ["2: 1×2×8", "3: 1×2×8"],
      change: { $0.levels[1].level = 3 }),
    Mismatch(
      name: "image size", code: .headShapeMismatch, says: ["[4, 6]", "[4, 7]"],
      change: { $0.masks?.width = 7 }),
    Mismatch(
      name: "mean", code: .headPreprocessingMismatch, says: ["preprocessing"],
      change: { $0.preprocessing.mean[2] += 0.001 }),
    Mismatch(
      name: "order of classes", code: .headClassesMismatch, says: ["sky, road, tree", "tree, road, sky"],
      change: { $0.classes.reverse() }),
  ]

  @Test("other features are refused, by what differs", arguments: mismatches)
  func refuses(_ mismatch: Mismatch) throws {
    let store = try Self.store()
    let data = try TrainingData<Masks>.open(store, seed: 1).data
    let trained = try TrainingRun.run(Self.recipe(.gather(2)), data: data, seed: 1, threads: 1)
    let head = try Head(trained, data: data, manifest: store.manifest)
    var manifest = store.manifest
    mismatch.change(&manifest)
    let error = try #require(#expect(throws: MISTError.self) { try head.check(manifest) })
    #expect(error.code == mismatch.code)
    for words in mismatch.says { #expect(error.problem.contains(words), "\(error)") }
    #expect(error.advice != nil && !error.description.contains("\n"))
  }

  @Test("a head for classification refuses maps, and the other way round")
  func otherTask() throws {
    let head = try Head.read(Fixture.path("malformed/head/valid.safetensors"))
    #expect(head.description.task == .classification)
    #expect {
      try head.check(Self.store().manifest)
    } throws: { ($0 as? MISTError)?.code == .headWrongTask }
    let tokens = try FeatureStore(path: Fixture.path("malformed/feature-store/valid"))
    #expect {
      try TrainingData<Masks>.open(tokens, seed: 0)
    } throws: { ($0 as? MISTError)?.code == .featuresOtherTask }
  }
}
