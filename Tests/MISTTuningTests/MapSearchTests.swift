import MISTEdge
import MISTFormats
import Testing

@testable import MISTTuning

@Suite("Selection on validation, maps")
struct MapSearchTests {
  private func run(_ task: DrawnMaps.Task, train: Int, _ change: (inout SearchSpace<Masks>) -> Void) throws
    -> SearchResult<Masks>
  {
    var space = SearchSpace<Masks>()
    space.features = [.gather(4)]
    space.depth = 2
    space.rank = 4
    space.hidden = 8
    space.rates = [2e-2]
    space.epochs = 12
    space.batch = 4
    change(&space)
    return try Search(
      space: space, data: DrawnMaps.data(task, train: train, validation: 12), seeds: [0], threads: 2,
      observe: { _ in }
    ).run()
  }

  @Test("an easy task keeps the linear head, though more was tried")
  func linear() throws {
    let result = try run(.local, train: 24) { $0.attention = [.none, .final] }
    let chosen = result.entries[result.chosen].trial.recipe
    #expect(chosen.head == .linear && chosen.lae == .none, "\(result.reason)")
    #expect(Set(result.entries.map(\.trial.recipe.head)) == [.linear, .mlp])
    #expect(result.entries.contains { $0.trial.recipe.lae == .final })
  }

  @Test("a task that needs attention finds it")
  func attention() throws {
    let result = try run(.marked, train: 96) {
      $0.heads = [.linear]
      $0.attention = [.none, .final]
      $0.epochs = 25
      $0.patience = 0
      $0.inputNorm = false
      $0.weightDecay = 0.01
    }
    #expect(result.entries[result.chosen].trial.recipe.lae == .final, "\(result.reason)")
    let without = try #require(result.entries.first { $0.trial.recipe.lae == .none })
    #expect(result.head.trial.validation.meanIoU > without.trial.validation.meanIoU + 0.1)
  }

  /// A trial with a mean IoU that stands at `iou`, and that of its resamples beside it.
  private func trial(_ head: MaskOptions.Head, iou: Double, resamples: [Double]) -> Trial<Masks> {
    var recipe = Recipe<Masks>()
    recipe.head = head
    let right = Int(iou * 1000)
    return Trial(
      recipe: recipe, seed: 0, epochs: [], keptEpoch: 1,
      validation: MaskEvaluation(
        count: 9, loss: 1, confusion: [[right, 1000 - right], [0, 0]], resamples: resamples),
      seconds: 1, samplesPerSecond: 1, parameterCount: 1)
  }

  @Test("a more complex head must be better by more than the error of the difference")
  func noise() {
    // Mean IoU over two classes is half of the first's. All resamples rise alike: the difference is certain.
    let simple = trial(.linear, iou: 0.60, resamples: [0.28, 0.30, 0.32])
    let certain = trial(.mlp, iou: 0.62, resamples: [0.29, 0.31, 0.33])
    #expect(SearchResult.choose([simple, certain]).place == 1)
    // They rise and fall: it is not.
    let doubtful = trial(.mlp, iou: 0.62, resamples: [0.34, 0.29, 0.30])
    #expect(SearchResult.choose([simple, doubtful]).place == 0)
    // A third one is compared with the one that stands.
    #expect(SearchResult.choose([simple, certain, doubtful]).place == 1)
    #expect(SearchResult.choose([certain]).place == 0)
  }

  @Test("default candidates: every feature and rate; plain ones as a reference trains them")
  func candidates() {
    let stored: [Feature] = [.gather(4), .gather(8), .final]
    let space = SearchSpace<Masks>()
    #expect(space.candidates(.init(.linear, .none), stored: stored).count == 6)
    let attention = space.candidates(.init(.linear, .final), stored: stored)
    #expect(Set(attention.map(\.feature)) == Set(stored))
    #expect(attention.allSatisfy { $0.keep == .best && $0.patience > 0 && $0.dropout == 0 })
    #expect(space.candidates(.init(.mlp, .none), stored: stored).allSatisfy { $0.dropout > 0 })
    var plain = SearchSpace<Masks>()
    plain.style = .plain
    let recipes = plain.candidates(.init(.mlp, .final), stored: stored)
    #expect(!recipes.isEmpty)
    #expect(
      recipes.allSatisfy {
        $0.keep == .last && $0.patience == 0 && $0.dropout == 0 && $0.weightDecay == 0.01 && !$0.inputNorm
      })
  }

  @Test("a feature that is not stored is refused")
  func missing() {
    #expect {
      try run(.local, train: 4) { $0.features = [.gather(9)] }
    } throws: { ($0 as? MISTError)?.code == .trainingNoFeature }
  }
}
