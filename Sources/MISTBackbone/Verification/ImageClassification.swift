import MISTFormats
import MISTModels
import Synchronization

/// The checkpoint's own classifier of images. Read when its scores are first asked for: features do not need it.
final class ImageClassification: Sendable {
  private let checkpoint: CanonicalCheckpoint
  private let classifier: ImageClassifier
  /// Channels C of a token.
  private let width: Int
  private let stored = Mutex<(weight: [Float], bias: [Float])?>(nil)

  /// Nil for a checkpoint without a classifier. `width`: the channels of what it reads.
  init?(_ checkpoint: CanonicalCheckpoint, width: Int) {
    guard let classifier = checkpoint.configuration.classifier else { return nil }
    self.checkpoint = checkpoint
    self.classifier = classifier
    self.width = width
  }

  /// Scores `[K]` from tokens `[T, C]` after the last norm, of which the first `prefix` are the class token and registers.
  /// Throws the checkpoint's errors.
  func logits(_ tokens: UnsafeBufferPointer<Float>, prefix: Int) throws -> [Float] {
    let input = read(tokens, prefix)
    return try stored.withLock { stored in
      let columns = classifier.input.columns(width: width)
      let (weight, bias) =
        try stored
        ?? (
          checkpoint.floats("classifier.weight", shape: [classifier.classes, columns]),
          checkpoint.floats("classifier.bias", shape: [classifier.classes])
        )
      stored = (weight, bias)
      return weight.withUnsafeBufferPointer { weight in
        bias.indices.map { k in
          let row = weight[k * columns..<(k + 1) * columns]
          return bias[k] + zip(row, input).reduce(into: Float(0)) { $0 += $1.0 * $1.1 }
        }
      }
    }
  }

  private func read(_ tokens: UnsafeBufferPointer<Float>, _ prefix: Int) -> [Float] {
    let token = Array(tokens[..<width])
    guard classifier.input != .classToken else { return token }
    let patches = tokens.count / width - prefix
    var mean = [Float](repeating: 0, count: width)
    for patch in 0..<patches {
      for c in 0..<width { mean[c] += tokens[(prefix + patch) * width + c] }
    }
    for c in 0..<width { mean[c] /= Float(patches) }
    return classifier.input == .mean ? mean : token + mean
  }
}
