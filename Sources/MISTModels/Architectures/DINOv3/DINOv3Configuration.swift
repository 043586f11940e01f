import Foundation
import MISTEdge

/// Everything about a DINOv3 vision transformer (arXiv 2508.10104) that its tensors' names and shapes do not say, and that changes
/// its output. Patch tokens have no position embedding: every block turns their queries and keys by the places of their patches.
/// Stored as JSON in a canonical checkpoint's metadata (`Formats/canonical-checkpoint.md`).
package struct DINOv3Configuration: Codable, Hashable, Sendable {
  /// LayerNorm epsilons, one per norm site.
  package struct Epsilons: Codable, Hashable, Sendable {
    package var block: Float
    package var final: Float
  }

  package var width: Int
  /// Blocks N.
  package var depth: Int
  package var heads: Int
  package var mlpWidth: Int
  package var mlp: TransformerMLP
  package var patchSize: Int
  /// Height and width in pixels of the images that the model is for; any others will do.
  package var imageSize: [Int]
  package var registerTokens: Int
  /// Whether queries and values have a bias. Keys have none.
  package var queryValueBias: Bool
  package var epsilon: Epsilons
  /// The base of the rotations' periods: 100 in published models.
  package var theta: Float
  /// Whether the periods are stored (`rope.periods`), because they are not exactly those that `theta` gives.
  package var storedPeriods: Bool
  /// Nil for a backbone alone.
  package var classifier: ImageClassifier?

  package init(
    width: Int, depth: Int, heads: Int, mlpWidth: Int, mlp: TransformerMLP = .gelu, patchSize: Int = 16,
    imageSize: [Int] = [256, 256], registerTokens: Int = 4, queryValueBias: Bool = false,
    epsilon: Float = 1e-5, theta: Float = 100, storedPeriods: Bool = false, classifier: ImageClassifier? = nil
  ) {
    self.width = width
    self.depth = depth
    self.heads = heads
    self.mlpWidth = mlpWidth
    self.mlp = mlp
    self.patchSize = patchSize
    self.imageSize = imageSize
    self.registerTokens = registerTokens
    self.queryValueBias = queryValueBias
    self.epsilon = Epsilons(block: epsilon, final: epsilon)
    self.theta = theta
    self.storedPeriods = storedPeriods
    self.classifier = classifier
  }

  /// What is impossible about these values, or nil.
  package var flaw: String? {
    if let commonFlaw { return commonFlaw }
    if width / heads % 4 != 0 {
      return "heads of \(width / heads) channels, and a rotation in two directions needs a multiple of 4"
    }
    for value in [epsilon.block, epsilon.final] where !(value.isFinite && value > 0) {
      return "epsilon \(value) is not positive"
    }
    if !(theta.isFinite && theta > 1) { return "theta \(theta) is not above 1" }
    return classifier?.flaw(hasClassToken: true)
  }

  /// Periods of the rotations, in units of half an image side; d/4 for heads of d channels.
  package var periodCount: Int { width / heads / 4 }

  /// The periods `theta^(4 j / d)` that `theta` gives.
  package var periods: [Float] {
    let count = Float(2 * periodCount)
    return (0..<periodCount).map { pow(theta, Float(2 * $0) / count) }
  }

  /// Angles `[patches, d/2]` of `periods` on a patch grid: places of patch centres from −1 to 1 along height, then along width,
  /// each side for itself.
  package static func angles(on grid: MapSize, periods: [Float]) -> [Float] {
    func places(_ count: Int) -> [Float] { (0..<count).map { 2 * ((Float($0) + 0.5) / Float(count)) - 1 } }
    let (rows, columns) = (places(grid.height), places(grid.width))
    return rows.flatMap { y in
      columns.flatMap { x in [y, x].flatMap { place in periods.map { 2 * .pi * place / $0 } } }
    }
  }
}
