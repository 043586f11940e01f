import MISTBackbone
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import MISTVision

/// What an extraction asks of a model, whatever its architecture.
package struct FeatureRequest: Sendable {
  package var task: FeatureTask
  /// Gather depths, ascending; nil for about a third, two thirds and all of the blocks, empty for none.
  package var gather: [Int]?
  /// What is stored beside gathers.
  package var extras: Set<FeatureExtra> = []
  /// The i of the F_i whose layer tokens are kept, ascending; nil for all.
  package var layers: [Int]?
  /// Which levels of a pyramid are stored.
  package var export = PyramidExport.pyramid
  /// Whether the model's own output is stored too where its last block runs.
  package var final = true
  package var preprocessing: Preprocessing
  /// The library of products in f32; the fastest when nil.
  package var backend: ProductBackend?

  package init(
    task: FeatureTask, gather: [Int]? = nil, export: PyramidExport = .pyramid, final: Bool = true,
    preprocessing: Preprocessing, backend: ProductBackend? = nil
  ) {
    self.task = task
    self.gather = gather
    self.export = export
    self.final = final
    self.preprocessing = preprocessing
    self.backend = backend
  }

  /// The gather depths of a model of `depth` blocks, `candidates` unless told otherwise. Throws `usage`.
  package func gathers(of depth: Int, candidates: [Int]) throws -> [Int] {
    let gathers = gather ?? Set(candidates.filter { $0 > 0 }).sorted()
    guard let deepest = gathers.last else { return [] }
    guard deepest <= depth else {
      throw MISTError(
        .usage, "gather depth \(deepest) was asked for, and the model has blocks 1 to \(depth)",
        advice: "choose depths from 1 to \(depth)")
    }
    return gathers
  }

  /// The preprocessing's output, or `own` where that depends on the image.
  package func inputSize(or own: MapSize) throws -> MapSize {
    try Preprocessor(preprocessing).outputSize ?? own
  }
}

/// Which levels of a pyramid are stored.
package enum PyramidExport: String, CaseIterable {
  /// All of them, which is what a decode head needs for full accuracy.
  case pyramid
  /// The coarsest alone, the smallest transfer.
  case final
}
