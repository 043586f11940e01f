import MISTEdge
import MISTFeatures
import MISTTuning

/// Maps and masks drawn from a generator, for tests that train: two levels, 8×12×6 and 4×6×10, and masks of 30×45 pixels.
/// A position of the first level says its own class, or that it does not know; the second level says nothing (`local`), or has one
/// marked position among decoys that says the class of all those that do not know (`marked`).
struct DrawnMaps: SplitFeatures {
  enum Task: Sendable { case local, marked }

  let count: Int
  let task: Task
  let stream: UInt64
  /// Samples of an image; the first is the whole.
  var views = 1
  static let classes = 3
  static let grid = (height: 8, width: 12)

  let levels = [
    MapLevel(level: 1, height: 8, width: 12, channels: 6, reduction: 2),
    MapLevel(level: 2, height: 4, width: 6, channels: 10, reduction: 1),
  ]
  let maskHeight = 30
  let maskWidth = 45
  let stored: [Feature] = [.gather(4), .final]
  func tensors(of feature: Feature) -> [MapLevel] { levels }
  func image(_ index: Int) -> Int { index / views }
  func isWhole(_ index: Int) -> Bool { index % views == 0 }

  /// What the position says: a class, or `classes` when it does not know.
  private func code(_ index: Int, _ row: Int, _ column: Int) -> Int {
    var random = CounterRandom(seed: stream, .sample, index, 1000 + (row / 2) * 100 + column / 3)
    return random.below(Self.classes + (task == .marked ? 2 : 0)) % (Self.classes + 1)
  }

  /// The class of all that do not know, and the marked position.
  private func mark(_ index: Int) -> (label: Int, place: Int) {
    var random = CounterRandom(seed: stream, .sample, index)
    return (random.below(Self.classes), random.below(24))
  }

  func readTensor(
    _ index: Int, _ feature: Feature, tensor level: Int, tokens: [Int]?,
    into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    let shape = levels[level]
    let mark = mark(index)
    for place in 0..<shape.positions {
      var random = CounterRandom(seed: stream, .sample, index, (level + 1) * 100_000 + place)
      let row = UnsafeMutableBufferPointer(
        rebasing: destination[place * shape.channels..<(place + 1) * shape.channels])
      let decoy = random.below(Self.classes)
      for c in row.indices { row[c] = 0.3 * (random.uniform() - 0.5) }
      if level == 0 {
        row[code(index, place / 12, place % 12)] += 1
      } else if task == .marked {
        row[place == mark.place ? mark.label : decoy] += 1
        if place == mark.place { row[Self.classes] += 3 }
      }
    }
  }

  var targets: MaskTargets {
    MaskTargets(size: MapSize(height: maskHeight, width: maskWidth)) { readMask($0, into: $1) }
  }

  /// All of them.
  var samples: Samples<Masks> { Samples(self, targets) }

  func readMask(_ index: Int, into destination: UnsafeMutableBufferPointer<UInt8>) {
    let mark = mark(index)
    for y in 0..<maskHeight {
      for x in 0..<maskWidth {
        let code = code(index, y * 8 / maskHeight, x * 12 / maskWidth)
        // A corner without labels.
        let isIgnored = y < 6 && x < 8
        destination[y * maskWidth + x] = isIgnored ? 255 : UInt8(code == Self.classes ? mark.label : code)
      }
    }
  }

  /// A training and a validation split.
  static func data(_ task: Task, train: Int, validation: Int) -> TrainingData<Masks> {
    func split(_ count: Int, _ stream: UInt64) -> Samples<Masks> {
      DrawnMaps(count: count, task: task, stream: stream).samples
    }
    return TrainingData(train: split(train, 1), validation: split(validation, 2), classes: classes)
  }
}
