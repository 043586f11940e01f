import Testing

@testable import MISTEdge

@Suite("Head on maps by finite differences")
struct MapHeadDifferenceTests {
  /// A shape that no golden has: odd sizes, windows of 3 cut on both sides, a grid of its own.
  private static let shape = NetworkShape(
    levels: [
      .init(height: 7, width: 8, channels: 10, depth: 2, reduction: 3),
      .init(height: 3, width: 5, channels: 6, depth: 1, reduction: 2),
    ],
    outputHeight: 9, outputWidth: 11, classes: 4, hidden: 9, rank: 3, inputNorm: true)

  @Test("the loss along random directions", arguments: 0..<6)
  func directions(_ seed: Int) {
    let shape = Self.shape
    let golden = MapHeadGolden(name: "", shape: shape, logits: [], loss: 0, gradient: [])
    let parameters = golden.parameters
    let features = shape.streams.indices.map { golden.features($0) }
    let run = MapHeadRun<PortableKernels>(shape)
    func loss(_ p: [Float]) -> (Double, [Float]) {
      let logits = run.logits(p, features, mask: nil)
      let (value, gradient) = run.gradient(p, logits, golden.labels, mask: nil)
      return (Double(value), gradient)
    }
    let direction = HeadGolden.uniform(1000 + seed, parameters.count)
    let step: Float = 1e-3
    let up = loss(zip(parameters, direction).map { $0 + step * $1 }).0
    let down = loss(zip(parameters, direction).map { $0 - step * $1 }).0
    let slope = (up - down) / Double(2 * step)
    let expected = zip(loss(parameters).1, direction).reduce(0.0) { $0 + Double($1.0 * $1.1) }
    #expect(abs(expected) > 0.01)
    #expect(abs(slope - expected) < 0.01 * max(1, abs(expected)))
  }
}
