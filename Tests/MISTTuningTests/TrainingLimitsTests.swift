import MISTEdge
import MISTFormats
import Testing

@testable import MISTTuning

/// What training refuses before it allocates anything.
@Suite struct TrainingLimitsTests {
  private func code(_ body: () throws -> Void) -> ErrorCode? {
    do { try body() } catch let error as MISTError { return error.code } catch {}
    return nil
  }

  @Test(arguments: [(1024, 1, false), (1025, 1, true), (1024, 64, true)])
  func aHeadThatNoBundleHoldsIsNotTrained(rank: Int, depth: Int, refused: Bool) {
    let shape = NetworkShape(tokens: 9, channels: 16, classes: 3, depth: depth, rank: rank)
    #expect(code { try TrainingLimits.requireBundle(shape) } == (refused ? .exportTooLarge : nil))
    var recipe = Recipe<Classes>()
    (recipe.method, recipe.feature, recipe.depth, recipe.rank) = (.lae, .gather(4), depth, rank)
    recipe.epochs = 1
    let data = DrawnFeatures.data(.direction, train: 2, validation: 2)
    guard refused else { return }
    #expect(code { _ = try TrainingRun.run(recipe, data: data, seed: 0, threads: 1) } == .exportTooLarge)
  }

  @Test func aBatchLargerThanTheSamplesIsAllOfThem() throws {
    var recipe = Recipe<Masks>()
    recipe.batch = TrainingLimits.batch.upperBound
    recipe.epochs = 1
    let data = DrawnMaps.data(.local, train: 3, validation: 2)
    recipe.feature = data.train.features.stored[0]
    let head = try TrainingRun.run(recipe, data: data, seed: 0, threads: 1)
    #expect(head.trial.epochs.count == 1)
  }

  @Test func aHeadThatAsksForMoreThanTheMachineHasIsRefused() {
    let shape = NetworkShape(
      tokens: HeadLimits.tokens, channels: 4, classes: 2, depth: HeadLimits.depth, rank: HeadLimits.rank)
    #expect(code { try HeadMemory.requirePrediction(shape, threads: 64) } == .memoryInsufficient)
    let small = NetworkShape(tokens: 9, channels: 16, classes: 3, depth: 1, rank: 4)
    #expect(code { try HeadMemory.requirePrediction(small, threads: 1) } == nil)
    #expect(code { try HeadMemory.requirePrediction(small, threads: .max) } == .memoryInsufficient)
  }
}
