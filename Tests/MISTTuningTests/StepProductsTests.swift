import MISTEdge
import Testing

@testable import MISTTuning

/// The products that are timed alone are those that a step of training does.
@Suite struct StepProductsTests {
  static let shapes = [
    NetworkShape(tokens: 9, channels: 16, classes: 3, depth: 2, rank: 4),
    NetworkShape(tokens: 9, channels: 16, classes: 3, depth: 2, rank: 4, pooling: .mean),
    NetworkShape(
      levels: [StreamShape(height: 4, width: 6, channels: 16, depth: 1)], outputHeight: 8, outputWidth: 12,
      classes: 3),
  ]

  /// The wide product of the input is the largest, and comes again for its weights' gradients.
  @Test(arguments: shapes) func theInputsProductComesTwice(_ shape: NetworkShape) throws {
    let products = StepProducts(shape).sample
    let stream = shape.streams[0]
    let largest = try #require(products.map(\.multiplyAdds).max())
    let wide = products.filter { $0.multiplyAdds == largest }
    #expect(wide.count == 2, "\(products)")
    for product in wide {
      #expect(
        Set([stream.channels, stream.height * stream.width]).isSubset(of: [product.m, product.n, product.k]))
    }
  }

  @Test(arguments: shapes) func aStepsShareFallsWithTheBatch(_ shape: NetworkShape) throws {
    let products = StepProducts(shape)
    let sample = products.sample.reduce(0) { $0 + $1.multiplyAdds }
    #expect(products.multiplyAdds(batch: 1) > products.multiplyAdds(batch: 32))
    #expect(products.multiplyAdds(batch: 1 << 30).rounded() == Double(sample))
    #expect(try products.samplesPerSecond(batch: 3, threads: 2, seconds: 0) > 0)
  }
}
