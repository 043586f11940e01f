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
    for i in layout.classifier { values[i] = normal(&random) }
    return values
  }

  /// The same for a head on maps: a linear head's products as a classifier, an mlp head's Xavier uniform.
  public static func parameters(_ shape: MapHeadShape, seed: UInt64) -> [Float] {
    let layout = MapHeadLayout(shape)
    var values = [Float](repeating: 0, count: layout.count)
    var random = CounterRandom(seed: seed, .initialisation)
    func xavier(_ range: Range<Int>, _ rows: Int, _ columns: Int) {
      let bound = (6 / Float(rows + columns)).squareRoot()
      for i in range { values[i] = (2 * random.uniform() - 1) * bound }
    }
    for (i, level) in layout.levels.enumerated() {
      let channels = shape.levels[i].channels
      for range in [level.inputGain, level.normGain] + level.blocks.map(\.normGain) {
        for j in range { values[j] = 1 }
      }
      for block in level.blocks { xavier(block.qkv, 3 * shape.rank, channels) }
      if shape.hidden > 0 {
        xavier(level.product, shape.hidden, channels)
      } else {
        for j in level.product { values[j] = normal(&random) }
      }
    }
    for i in layout.classifier { values[i] = normal(&random) }
    return values
  }

  /// Normal with deviation 0.02, after Box and Muller.
  private static func normal(_ random: inout CounterRandom) -> Float {
    let radius = (-2 * log(1 - Double(random.uniform()))).squareRoot()
    return Float(0.02 * radius * cos(2 * Double.pi * Double(random.uniform())))
  }
}
