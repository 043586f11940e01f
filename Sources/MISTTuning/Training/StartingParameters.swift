import MISTEdge

extension Initialisation {
  /// The parameters of a network of `shape`.
  package static func parameters(_ shape: NetworkShape, seed: UInt64) -> [Float] {
    parameters(shape, seed: seed) { _, _ in nil }
  }

  /// The same, but for what `given` has, by its name in a head file and the number of values. Throws what `given` throws.
  static func parameters(
    _ shape: NetworkShape, seed: UInt64, given: (String, Int) throws -> [Float]?
  ) rethrows -> [Float] {
    let table = ParameterTable(shape)
    let starts = try table.parameters.map {
      try given(table.fileName(of: $0, in: shape), $0.range.count)
    }
    let places = Set(zip(table.parameters, starts).filter { $1 != nil }.map { $0.0.range.lowerBound })
    var values = [Float](repeating: 0, count: table.count)
    values.withUnsafeMutableBufferPointer { values in
      guard let values = values.baseAddress else { return }
      fill(values, table, seed: seed) { places.contains($0.range.lowerBound) }
    }
    for (parameter, start) in zip(table.parameters, starts) {
      if let start { values.replaceSubrange(parameter.range, with: start) }
    }
    return values
  }
}
