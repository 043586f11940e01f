import MISTEdge
import MISTFormats
import MISTTuning
import Testing

@Suite("Selection on validation")
struct SearchTests {
  private func run(_ task: DrawnFeatures.Task, _ change: (inout SearchSpace<Classes>) -> Void = { _ in })
    throws -> SearchResult<Classes>
  {
    var space = SearchSpace<Classes>()
    space.features = [.gather(4)]
    space.depth = 2
    space.rank = 4
    space.rates = [2e-2]
    space.epochs = 12
    space.batch = 8
    space.weightDecay = 0
    change(&space)
    return try Search(
      space: space, data: DrawnFeatures.data(task, train: 120, validation: 60), seeds: [0], threads: 2,
      observe: { _ in }
    ).run()
  }

  @Test("an easy task keeps the linear head, though an LAE is as good")
  func linear() throws {
    let result = try run(.direction)
    #expect(result.entries[result.chosen].trial.recipe.method == .linear)
    #expect(Set(result.entries.map(\.trial.recipe.method)) == [.linear, .lae])
  }

  @Test("a task that needs attention finds the LAE")
  func lae() throws {
    let result = try run(.marked) { $0.epochs = 19 }
    #expect(result.entries[result.chosen].trial.recipe.method == .lae)
    let linear = try #require(result.entries.first { $0.trial.recipe.method == .linear })
    #expect(result.head.trial.validation.accuracy > linear.trial.validation.accuracy + 0.25)
  }

  @Test("default candidates: every feature and rate; an LAE regularised, and never on the single token")
  func candidates() {
    let stored: [Feature] = [.gather(4), .gather(8), .final]
    let space = SearchSpace<Classes>()
    #expect(space.candidates(.linear, stored: stored).count == 6)
    #expect(space.candidates(.method(.lae), stored: stored).count == 4)
    #expect(
      space.candidates(.method(.lae), stored: stored).allSatisfy { $0.feature != .final && $0.isRegularised })
    var plain = SearchSpace<Classes>()
    plain.style = .plain
    #expect(
      plain.candidates(.method(.lae), stored: stored).allSatisfy {
        !$0.isRegularised && $0.keep == .last && $0.patience == 0
      })
    var told = SearchSpace<Classes>()
    told.features = [.final]
    told.methods = .only(.lae)
    #expect(told.candidates(.method(.lae), stored: stored).isEmpty)
  }

  @Test("an LAE on the final class token is refused")
  func nothing() {
    #expect {
      try run(.direction) {
        $0.features = [.final]
        $0.methods = .only(.lae)
      }
    } throws: { ($0 as? MISTError)?.code == .trainingNoFeature }
  }

  @Test("queries need tokens, and short runs choose among their candidates")
  func attentive() throws {
    let stored: [Feature] = [.gather(4), .gather(8), .final]
    var space = SearchSpace<Classes>()
    space.pooling = .attentive(AttentiveShape())
    #expect(Set(space.candidates(.attentive, stored: stored).map(\.feature)) == [.gather(4), .gather(8)])
    #expect(ClassSearch.families(space, levels: 1) == [.attentive, .method(.lae)])
    #expect(space.candidates(.method(.lae), stored: stored).allSatisfy { $0.pooling == space.pooling })
    #expect(ClassSearch.screeningEpochs(.attentive, space, candidates: 4) == 10)
    let recipe = try #require(space.candidates(.attentive, stored: stored).first)
    #expect(ClassSearch.variants(of: recipe, space).map(\.isRegularised) == [true])
    #expect {
      try run(.direction) {
        $0.features = [.final]
        $0.pooling = .attentive(AttentiveShape())
      }
    } throws: { ($0 as? MISTError)?.code == .trainingNoFeature }
  }

  @Test("layer tokens are read one after another or attended to, where they are stored")
  func layerTokens() {
    let stored: [Feature] = [.gather(4), .final, .block(3), .layerTokens]
    var space = SearchSpace<Classes>()
    #expect(ClassSearch.families(space, levels: 1) == [.linear, .concat, .attentive, .method(.lae)])
    #expect(Set(space.candidates(.linear, stored: stored).map(\.feature)) == [.gather(4), .final])
    let concat = space.candidates(.concat, stored: stored)
    #expect(!concat.isEmpty && concat.allSatisfy { $0.feature == .layerTokens && $0.pooling == .concat })
    #expect(concat.allSatisfy { $0.tokenFraction == 1 && ClassSearch.family(of: $0) == .concat })
    let attentive = space.candidates(.attentive, stored: stored)
    #expect(!attentive.isEmpty && attentive.allSatisfy { $0.feature == .layerTokens })
    let blocks = space.candidates(.method(.lae), stored: stored)
    #expect(Set(blocks.map(\.feature)) == [.gather(4), .layerTokens])
    #expect(blocks.allSatisfy { ($0.feature == .layerTokens) == ($0.pooling != .cls) })
    #expect(space.candidates(.concat, stored: [.gather(4), .final]).isEmpty)
    space.methods = .only(.linear)
    #expect(ClassSearch.families(space, levels: 1) == [.linear, .concat])
    space.features = [.layerTokens]
    #expect(space.candidates(.linear, stored: stored).isEmpty)
    #expect(space.candidates(.concat, stored: stored).count == concat.count)
    space.pooling = .cls
    #expect(ClassSearch.families(space, levels: 1) == [.linear])
    // The paper's own candidates are on gathers.
    space = SearchSpace()
    space.style = .plain
    #expect(space.candidates(.concat, stored: stored).isEmpty)
  }

  @Test("a gather that is not stored is refused before anything is trained")
  func missingGather() {
    #expect {
      try run(.direction) { $0.features = [.gather(4), .gather(5)] }
    } throws: { ($0 as? MISTError)?.problem.contains("k=5") == true }
  }

  @Test("held-out samples and the rest are a partition that depends on the seed alone")
  func holdOut() {
    let all = DrawnFeatures.data(.direction, train: 50, validation: 1).train
    let (rest, held) = all.holdOut(0.2, seed: 5)
    #expect(held.count == 10)
    #expect((rest.indices + held.indices).sorted() == all.indices)
    #expect(all.holdOut(0.2, seed: 5).heldOut.indices == held.indices)
    #expect(all.holdOut(0.2, seed: 6).heldOut.indices != held.indices)
  }
}
