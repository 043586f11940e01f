import MISTEdge
import MISTTuning

/// Features drawn from a generator, for tests that train: the class decides what stands in the class token, or which
/// pair of the other tokens agrees.
struct DrawnFeatures: SplitFeatures {
  enum Task: Sendable {
    /// The class token points in the class's direction: a linear probe can do it.
    case direction
    /// One of the patch tokens is marked, and what is beside the mark is the class: only attention can do it.
    case marked
  }

  let count: Int
  let channels: Int
  let tokenCount: Int
  let classes: Int
  let task: Task
  let stream: UInt64

  /// Whether it is known that the tokens are a class token and a map.
  var hasGrid = true

  var stored: [Feature] = [.gather(4), .final]
  var grid: TokenGrid? { hasGrid ? TokenGrid(prefix: 1, height: 2, width: (tokenCount - 1) / 2) : nil }
  func tensors(of feature: Feature) -> [MapLevel] {
    [MapLevel(level: 1, height: 1, width: feature == .final ? 1 : tokenCount, channels: channels)]
  }
  func label(_ index: Int) -> Int { index % classes }

  func readTensor(
    _ index: Int, _ feature: Feature, tensor: Int, tokens: [Int]?,
    into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    let tokens = tokens ?? Array(0..<tensors(of: feature)[tensor].positions)
    var random = CounterRandom(seed: stream, .sample, index)
    let marked = 1 + random.below(tokenCount - 1)
    for (row, token) in tokens.enumerated() {
      var noise = CounterRandom(seed: stream, .sample, index, 1 + token)
      let decoy = noise.below(classes)
      for c in 0..<channels { destination[row * channels + c] = 0.5 * (noise.uniform() - 0.5) }
      switch task {
      case .direction where token == 0: destination[row * channels + label(index)] += 1
      case .marked where token > 0:
        destination[row * channels + (token == marked ? label(index) : decoy)] += 1
        if token == marked { destination[row * channels + classes] += 2 }
      default: break
      }
    }
  }

  /// A training and a validation split.
  static func data(_ task: Task, train: Int, validation: Int, hasGrid: Bool = true) -> TrainingData<Classes> {
    func split(_ count: Int, _ stream: UInt64) -> Samples<Classes> {
      let features = DrawnFeatures(
        count: count, channels: 16, tokenCount: 9, classes: 3, task: task, stream: stream, hasGrid: hasGrid)
      return Samples(features, (0..<count).map(features.label))
    }
    return TrainingData(train: split(train, 1), validation: split(validation, 2), classes: 3)
  }
}
