import MISTEdge
import MISTFeatures

/// Segmentation: a class per pixel, from feature maps.
package enum Masks: TuningTask {
  package typealias Options = MaskOptions
  package typealias Objective = MaskObjective
  package typealias Evaluation = MaskEvaluation
  package typealias Policy = MaskSearch
  package typealias Words = MaskWords

  package static let name = FeatureTask.segmentation
  package static let sample = "image"
  package static let samples = "images"
  package static let classesAdvice = "extract with the head's list of classes"
  package static let readout = HeadReadout.dense
  package static let mostClasses = HeadLimits.mapClasses

  package static func targets(_ split: FeatureSplit) throws -> MaskTargets { try MaskTargets(split.masks()) }

  package static let targetAdvice =
    "extract again with masks whose pixels are classes; see mist extract --no-reduce-zero-label"

  package static func hasTarget(_ index: Int, _ targets: MaskTargets) throws -> Bool {
    var mask = [UInt8](repeating: 0, count: targets.size.count)
    try mask.withUnsafeMutableBufferPointer { try targets.read(index, into: $0) }
    return mask.contains { $0 != StoredMasks.ignore }
  }

  /// Attention where the recipe says, pooled over each level's own windows; logits are formed on a quarter of the masks' size.
  package static func shape(
    _ recipe: Recipe<Masks>, inputs: [MapLevel], grid: TokenGrid? = nil, targets: MaskTargets, classes: Int,
    model: SourceModel? = nil
  ) -> NetworkShape {
    NetworkShape(
      levels: inputs.enumerated().map { i, level in
        let attends = recipe.lae == .all || (recipe.lae == .final && i == inputs.count - 1)
        return StreamShape(
          height: level.height, width: level.width, channels: level.channels,
          depth: attends ? recipe.depth : 0, reduction: level.reduction)
      },
      outputHeight: outputSide(targets.size.height), outputWidth: outputSide(targets.size.width),
      classes: classes, hidden: recipe.head == .mlp ? recipe.hidden : 0, rank: recipe.rank,
      inputNorm: recipe.inputNorm)
  }

  /// Side of the grid on which logits are formed, for a side of the input.
  package static func outputSide(_ input: Int) -> Int { (input + 3) / 4 }

  package static func inputSize(_ targets: MaskTargets) -> MapSize? { targets.size }

  package static func evaluate(
    _ predictor: Predictor<Masks>, _ samples: Samples<Masks>, _ parameters: [Float]
  ) throws -> MaskEvaluation {
    try MaskCounters(predictor.shape, masks: samples.targets.size, threads: predictor.threads)
      .evaluate(predictor, samples, parameters)
  }
}
