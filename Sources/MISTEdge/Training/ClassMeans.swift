/// A start for the classifier of classes that a head did not know, from the means of what the classifier reads of their samples: a few
/// samples suffice.
///
/// A linear classifier's gradient for dL/dlogits of 1 at the sample's class, and 0 elsewhere, is what it reads, so that the sums over samples
/// come out of an ordinary backward pass, whatever the readout.
package struct ClassMeans {
  private let classes: Int
  /// Of the parameters, in the table's order: of the classifier, per class the sum of what it read, and behind it how often.
  private let sums: UnsafePointer<Float>
  /// The classifier's matrices, one per level of maps or a single one, and its bias.
  private let matrices: [Parameter]
  private let bias: Int
  /// Numbers that the classifier reads.
  private let length: Int

  /// Of a network of `shape` with all classes; `sums` are the gradients described above.
  package init(_ shape: NetworkShape, _ table: ParameterTable, sums: UnsafePointer<Float>) {
    classes = shape.classes
    self.sums = sums
    // Without a vector that is classified the maps' products are the classifier.
    let isSplit = shape.classifierInput == 0
    matrices = table.parameters.filter { $0.name == (isSplit ? .product : .classifier) }
    bias = table.range(isSplit ? .bias : .classifierBias).lowerBound
    var length = 0
    for matrix in matrices { length += matrix.columns }
    self.length = length
  }

  /// Samples, or positions of a map, of class `index`.
  package func count(_ index: Int) -> Float { sums[bias + index] }

  /// Writes weights and bias of class `index`, which must have a sample, to `parameters`, whose classes below `known` are trained.
  ///
  /// The weights lead from the mean of all others to the class's own, as long as those of known classes are on average; half way between
  /// the two the class is as likely as the likeliest of the known ones.
  package func start(_ index: Int, known: Int, _ parameters: UnsafeMutablePointer<Float>) {
    let (own, rest) = (FloatBuffer(length), FloatBuffer(length))
    var others: Float = 0
    for other in 0..<classes {
      add(other, of: sums, to: other == index ? own.pointer : rest.pointer)
      others += other == index ? 0 : count(other)
    }
    scale(own.pointer, by: 1 / count(index), length)
    // Where there are no others the class's own mean is all that is known: there it is ahead.
    scale(rest.pointer, by: others > 0 ? 1 / others : 0, length)
    let (step, half) = (FloatBuffer(length), FloatBuffer(length))
    for i in 0..<length {
      step.pointer[i] = own.pointer[i] - rest.pointer[i]
      half.pointer[i] = others > 0 ? 0.5 * (own.pointer[i] + rest.pointer[i]) : own.pointer[i]
    }
    var squares: Float = 0
    var best: Float = 0
    let row = FloatBuffer(length)
    for other in 0..<known {
      row.clear()
      add(other, of: parameters, to: row.pointer)
      squares += dot(row.pointer, row.pointer, length)
      let logit = parameters[bias + other] + dot(row.pointer, half.pointer, length)
      best = other == 0 ? logit : max(best, logit)
    }
    let size = dot(step.pointer, step.pointer, length)
    scale(step.pointer, by: size > 0 ? (squares / Float(max(known, 1)) / size).squareRoot() : 0, length)
    parameters[bias + index] = best - dot(step.pointer, half.pointer, length) + (others > 0 ? 0 : 1)
    var place = 0
    for matrix in matrices {
      let target = parameters + matrix.range.lowerBound + index * matrix.columns
      target.update(from: step.pointer + place, count: matrix.columns)
      place += matrix.columns
    }
  }

  /// Adds row `index` of the matrices in `values`, one after another, to `sum`.
  private func add(
    _ index: Int, of values: UnsafePointer<Float>, to sum: UnsafeMutablePointer<Float>
  ) {
    var place = 0
    for matrix in matrices {
      axpy(1, values + matrix.range.lowerBound + index * matrix.columns, sum + place, matrix.columns)
      place += matrix.columns
    }
  }
}

extension ParameterTable {
  /// Writes the `values` of a network with fewer classes, and otherwise alike, to `out`: what the new classes have stays as it is.
  package func adopt(
    _ values: UnsafePointer<Float>, of table: ParameterTable, into out: UnsafeMutablePointer<Float>
  ) {
    for (new, old) in zip(parameters, table.parameters) {
      // Of what grows, the new classes' rows are the last.
      (out + new.range.lowerBound).update(from: values + old.range.lowerBound, count: old.range.count)
    }
  }
}
