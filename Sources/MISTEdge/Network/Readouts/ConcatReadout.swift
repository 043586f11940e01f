/// Every token of every stream, standardised without gain, one after another, and a linear classifier of weights
/// `[classes, Σ T·C]`: what a linear head on layer tokens is. Nothing stands before it, so no gradient of the input is formed.
final class ConcatReadout {
  private let classifier: LinearClassifier
  private let channels: [Int]
  private let epsilon: Float
  /// Where the classifier lies in the parameters.
  private let start: Int

  init(_ shape: NetworkShape, _ table: ParameterTable) {
    classifier = LinearClassifier(length: shape.classifierInput, classes: shape.classes)
    channels = shape.streams.map { $0.channels }
    epsilon = shape.epsilon
    start = table.range(.classifier).lowerBound
  }

  func prepare(_ parameters: UnsafePointer<Float>) { classifier.prepare(parameters + start) }

  /// Standardises the streams' inputs in place, drops what the mask says, and writes logits `[classes]`.
  func forward(_ streams: [StreamScratch], _ masks: DropoutMasks, into logits: UnsafeMutablePointer<Float>) {
    classifier.start(logits)
    var offset = 0
    for (stream, c) in zip(streams, channels) {
      let input = stream.input.pointer
      let count = stream.input.count
      for token in 0..<count / c { _ = standardise(input + token * c, c, epsilon: epsilon) }
      if let mask = masks.classifierInput {
        for i in 0..<count { input[i] *= mask[offset + i] }
      }
      classifier.add(input, at: offset, count, to: logits)
      offset += count
    }
  }

  /// Adds to the classifier's gradients.
  func backward(
    _ dLogits: UnsafePointer<Float>, _ streams: [StreamScratch], _ own: UnsafeMutablePointer<Float>
  ) {
    var offset = 0
    for stream in streams {
      classifier.addBackward(dLogits, stream.input.pointer, at: offset, stream.input.count, own)
      offset += stream.input.count
    }
    classifier.endBackward(dLogits, own)
  }

  /// The own parameters' gradients are theirs already.
  func unfold(_ own: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>) {
    (gradient + start).update(from: own, count: classifier.count)
  }
}

extension NetworkShape {
  /// Values of all inputs: what `concat` pooling reads.
  var inputCount: Int {
    var count = 0
    for stream in streams { count += stream.tokens * stream.channels }
    return count
  }
}
