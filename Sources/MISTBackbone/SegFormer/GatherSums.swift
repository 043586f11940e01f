import MISTModels

/// The stage-downsampled sums of one pass. The running sum A_s of the stage that runs holds for every depth budget that has not
/// ended yet; a budget that ends takes its coarser levels from it by patch embeddings alone. So Down_s is computed once for all
/// budgets that share a map.
final class GatherSums {
  typealias Emit = (Int, UnsafeBufferPointer<Float>) throws -> Void

  private let stages: [EncoderStage]
  /// A_s of the stage that runs, and the map it came from.
  private var sum: AlignedFloats
  private var previous: AlignedFloats
  /// Coarser levels of a budget that has ended.
  private let coarser: [AlignedFloats]
  private let patches: AlignedFloats
  private let context: ProductContext

  init(_ backbone: SegFormerBackbone, patches: AlignedFloats, context: ProductContext) {
    stages = backbone.stages
    let most = stages.map(\.shape.map.count).max() ?? 0
    sum = AlignedFloats(count: most)
    previous = AlignedFloats(count: most)
    coarser = stages.map { AlignedFloats(count: $0.shape.map.count) }
    self.patches = patches
    self.context = context
  }

  /// Where blocks add their outputs.
  var running: AlignedFloats { sum }

  /// A_1 = F₀.
  func start(_ firstMap: AlignedFloats) { sum.copy(from: firstMap) }

  /// A_s = Down_s(A_{s−1}) of stage `index` for all budgets that reach it.
  func enter(_ index: Int) throws {
    swap(&sum, &previous)
    try stages[index].embedding.run(
      previous.pointer, into: sum.pointer, scratch: patches.pointer, context)
  }

  /// Gives level `index` + 1 of `budget`: a map that is complete for it.
  func emit(_ index: Int, _ budget: MapPlan.Budget, _ emit: Emit) throws {
    for output in budget.outputs[index] {
      try emit(output, UnsafeBufferPointer(start: sum.pointer, count: stages[index].shape.map.count))
    }
  }

  /// `budget` has ended in stage `index`: gives its levels after that one.
  func finish(_ index: Int, _ budget: MapPlan.Budget, _ emit: Emit) throws {
    var map = sum
    for next in index + 1..<max(index + 1, budget.level) {
      let down = coarser[next]
      try stages[next].embedding.run(map.pointer, into: down.pointer, scratch: patches.pointer, context)
      for output in budget.outputs[next] { try emit(output, down.view) }
      map = down
    }
  }
}
