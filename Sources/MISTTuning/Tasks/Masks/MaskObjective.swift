import MISTEdge
import MISTFormats

/// Mean cross-entropy over the labelled positions of a batch, on the grid where logits are formed.
package final class MaskObjective: Objective, @unchecked Sendable {
  private let classes: Int
  private let grid: LabelGrid
  /// A mask per thread.
  private let masks: [MaskBuffer]
  /// Labels of the batch at hand `[batch, H'·W']`, and how many of each sample's are classes.
  private var labels = UnsafeMutablePointer<UInt8>.allocate(capacity: 0)
  private var valid = UnsafeMutablePointer<Int>.allocate(capacity: 0)
  private var capacity = 0

  package init(_ recipe: Recipe<Masks>, _ shape: NetworkShape, targets: MaskTargets, threads: Int) {
    classes = shape.classes
    grid = LabelGrid(targets.size, shape)
    masks = (0..<threads).map { _ in MaskBuffer(targets.size) }
  }

  deinit {
    labels.deallocate()
    valid.deallocate()
  }

  /// Makes room for a batch of `samples`, of which there are often fewer than the recipe allows.
  private func reserve(_ samples: Int) {
    guard samples > capacity else { return }
    labels.deallocate()
    valid.deallocate()
    labels = .allocate(capacity: samples * grid.count)
    labels.initialize(repeating: 255, count: samples * grid.count)
    valid = .allocate(capacity: samples)
    valid.initialize(repeating: 0, count: samples)
    capacity = samples
  }

  package func begin(_ batch: [Int], _ targets: MaskTargets) throws -> BatchShare? {
    reserve(batch.count)
    // Every thread writes what belongs to its own samples.
    nonisolated(unsafe) let (labels, valid) = (labels, valid)
    try WorkerPool.forEach(batch.count, workers: masks) { mask, place in
      try targets.read(batch[place], into: mask.pixels)
      valid[place] = grid.sample(mask.pointer, classes: classes, into: labels + place * grid.count)
    }
    let positions = batch.indices.reduce(0) { $0 + valid[$1] }
    guard positions > 0 else { return nil }
    // Losses come weighted, so that a batch's sum is its mean.
    return BatchShare(weight: 1 / Float(positions), predictions: positions, count: 1)
  }

  package func hasTarget(_ place: Int) -> Bool { valid[place] > 0 }

  package func loss(_ place: Int, logits: UnsafeMutablePointer<Float>, weight: Float) -> (
    loss: Double, correct: Int
  ) {
    let result = MapCrossEntropy.loss(
      logits: logits, labels: labels + place * grid.count, positions: grid.count, classes: classes,
      weight: weight, dLogits: logits)
    return (Double(result.loss), result.correct)
  }
}
