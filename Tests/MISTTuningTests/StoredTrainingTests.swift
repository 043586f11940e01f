import MISTEdge
import MISTFeatures
import MISTTuning
import TestSupport
import Testing

@Suite("Training on a feature store")
struct StoredTrainingTests {
  private func recipe(_ change: (inout Recipe<Classes>) -> Void = { _ in }) -> Recipe<Classes> {
    var recipe = Recipe<Classes>()
    recipe.method = .lae
    recipe.feature = .gather(4)
    recipe.depth = 2
    recipe.rank = 4
    recipe.rate = 1e-2
    recipe.epochs = 3
    recipe.batch = 8
    change(&recipe)
    return recipe
  }

  private var recipes: [Recipe<Classes>] {
    [
      recipe(),
      recipe {
        $0.inputNorm = true
        $0.dropout = 0.3
        $0.weightDecay = 0.1
        $0.labelSmoothing = 0.1
        $0.tokenFraction = 0.5
      },
      recipe {
        $0.method = .linear
        $0.feature = .final
      },
    ]
  }

  @Test(
    "one seed gives the same bits with 1, 2 and 3 threads, and in a second run",
    arguments: StoredType.allCases)
  func deterministic(_ dtype: StoredType) throws {
    try Fixture.withTemporaryFolder { folder in
      let store = try DrawnStore.make(in: folder, dtype: dtype)
      for recipe in recipes {
        let heads = try [1, 2, 3, 1].map { threads in
          // Opened anew each time, as a second run of the tool would.
          let (data, note) = try TrainingData<Classes>.open(FeatureStore(path: store.path), seed: 5)
          #expect(note == nil && data.train.count == 21 && data.validation.count == 6)
          return try TrainingRun.run(recipe, data: data, seed: 5, threads: threads)
        }
        let bits = heads.map { $0.parameters.map(\.bitPattern) }
        #expect(bits.allSatisfy { $0 == bits[0] })
        #expect(Set(heads.map(\.trial.validation.loss)).count == 1)
        let data = try TrainingData<Classes>.open(store, seed: 5).data
        #expect(
          try TrainingRun.run(recipe, data: data, seed: 6, threads: 2).parameters != heads[0].parameters)
      }
    }
  }
}
