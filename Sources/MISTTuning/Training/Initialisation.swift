import Foundation
import MISTEdge

/// A head's parameters before training.
public enum Initialisation {
  /// Gains 1, biases 0, `W_qkv` Xavier uniform, `W_o` zero (training starts as a linear probe on the gathered feature), classifier
  /// normal with deviation 0.02.
  public static func parameters(_ shape: HeadShape, seed: UInt64) -> [Float] {
    let layout = HeadLayout(shape)
    var values = [Float](repeating: 0, count: layout.count)
    var random = CounterRandom(seed: seed, .initialisation)
    for range in [layout.inputGain, layout.finalGain] + layout.blocks.map(\.normGain) {
      for i in range { values[i] = 1 }
    }
    let bound = (6 / Float(shape.channels + 3 * shape.rank)).squareRoot()
    for block in layout.blocks {
      for i in block.qkv { values[i] = (2 * random.uniform() - 1) * bound }
    }
    for i in layout.classifier {
      // Box and Muller.
      let radius = (-2 * log(1 - Double(random.uniform()))).squareRoot()
      values[i] = Float(0.02 * radius * cos(2 * Double.pi * Double(random.uniform())))
    }
    return values
  }
}
