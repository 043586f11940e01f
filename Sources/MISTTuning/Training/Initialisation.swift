import Foundation
import MISTEdge

/// A network's parameters before training.
package enum Initialisation {
  /// As the network's table says, drawn in its order.
  package static func parameters(_ shape: NetworkShape, seed: UInt64) -> [Float] {
    parameters(shape, seed: seed) { _, _ in nil }
  }

  /// The same, but for what `given` has, by its name in a head file and the number of values. Throws what `given` throws.
  static func parameters(
    _ shape: NetworkShape, seed: UInt64, given: (String, Int) throws -> [Float]?
  ) rethrows -> [Float] {
    let table = ParameterTable(shape)
    var values = [Float](repeating: 0, count: table.count)
    var random = CounterRandom(seed: seed, .initialisation)
    for parameter in table.parameters {
      let name = table.fileName(of: parameter, in: shape)
      if let given = try given(name, parameter.range.count) {
        values.replaceSubrange(parameter.range, with: given)
        continue
      }
      switch parameter.initialisation {
      case .zeros: break
      case .ones: for i in parameter.range { values[i] = 1 }
      case .xavier:
        let bound = (6 / Float(parameter.rows + parameter.columns)).squareRoot()
        for i in parameter.range { values[i] = (2 * random.uniform() - 1) * bound }
      case .normal: for i in parameter.range { values[i] = normal(&random) }
      }
    }
    return values
  }

  /// Normal with deviation 0.02, after Box and Muller.
  private static func normal(_ random: inout CounterRandom) -> Float {
    let radius = (-2 * log(1 - Double(random.uniform()))).squareRoot()
    return Float(0.02 * radius * cos(2 * Double.pi * Double(random.uniform())))
  }
}
