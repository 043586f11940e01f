import MISTEdge
import MISTFormats
import MISTTuning
import Testing

/// A search within costs, and what it tells of them.
@Suite struct BudgetTests {
  @Test(arguments: [
    ("transfer=40KB", CostBudget(transfer: 40960)), ("transfer=1.5MiB", CostBudget(transfer: 1_572_864)),
    ("arena=64k,macs=2M", CostBudget(multiplyAdds: 2_000_000, arena: 65536)),
    ("parameters=10k,transfer=512", CostBudget(transfer: 512, parameters: 10_000)),
  ])
  func options(_ text: String, _ budget: CostBudget) { #expect(CostBudget(option: text) == budget) }

  @Test(arguments: [
    "", "transfer", "transfer=", "transfer=0", "transfer=-1", "memory=4MB", "transfer=1KB,transfer=2KB",
    "transfer=4KB,", "macs=4MB", "transfer=1e9K", "transfer=4X",
  ])
  func noOptions(_ text: String) { #expect(CostBudget(option: text) == nil) }

  private func run(_ budget: CostBudget?) throws -> SearchResult<Classes> {
    var space = SearchSpace<Classes>()
    space.rates = [2e-2]
    space.epochs = 6
    space.batch = 8
    space.depth = 1
    space.rank = 4
    space.budget = budget
    return try Search(
      space: space, data: DrawnFeatures.data(.direction, train: 60, validation: 30), seeds: [0], threads: 1,
      observe: { _ in }
    ).run()
  }

  /// The features are f32: the final token takes 64 bytes, the gathered nine tokens 576.
  @Test func onlyWhatIsWithinIsTried() throws {
    let all = try run(nil)
    #expect(Set(all.entries.map(\.trial.recipe.feature)) == [.final, .gather(4)])
    let small = try run(CostBudget(transfer: 64))
    #expect(Set(small.entries.map(\.trial.recipe.feature)) == [.final])
    #expect(small.entries.allSatisfy { $0.cost.transfer == 64 })
    // Blocks cost more parameters than the probe.
    let probe = try #require(all.entries.first { $0.trial.recipe.method == .linear })
    let few = try run(CostBudget(parameters: probe.cost.parameters))
    #expect(few.entries.allSatisfy { $0.trial.recipe.method == .linear })
  }

  @Test func nothingWithinIsRefusedWithTheCheapest() {
    let error = #expect(throws: MISTError.self) { try run(CostBudget(transfer: 63)) }
    #expect(error?.code == .trainingOverBudget)
    #expect(error?.problem.contains("transfer=64,parameters=") == true, "\(error?.problem ?? "")")
    #expect(error?.problem.contains("linear on final") == true)
  }

  @Test func everyChoiceIsToldOnceTheLeastToSendFirst() throws {
    let result = try run(nil)
    let choices = result.choices
    // Linear on both features, and blocks on the tokens.
    #expect(choices.count == 3)
    #expect(choices.map(\.cost.transfer) == choices.map(\.cost.transfer).sorted())
    #expect(choices.filter(\.isChosen).count == 1)
    for choice in choices {
      #expect(choice.standardError.map { $0 >= 0 } == true)
      let own = result.entries.filter {
        ClassSearch.family(of: $0.trial.recipe) == ClassSearch.family(of: choice.recipe)
          && $0.trial.recipe.feature == choice.recipe.feature
      }
      #expect(choice.score == own.map(\.trial.validation.score).max())
    }
  }
}
