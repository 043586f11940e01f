import MISTEdge

/// A bootstrap over images in one pass: in every resample each image counts Poisson(1) times, which for more than a handful of
/// images is drawing them with replacement. How often depends on the image's place alone, so two evaluations of the same
/// images are resampled alike and their difference has an error of its own. Memory: three counts per class and
/// resample, whatever the number of images.
struct ImageBootstrap: Sendable {
  static let resamples = 64

  let classes: Int
  /// Per resample and class: pixels right, in the masks, and predicted.
  private var counts: [Int]

  init(classes: Int) {
    self.classes = classes
    counts = [Int](repeating: 0, count: Self.resamples * classes * 3)
  }

  /// Adds the image at `place`, whose confusion matrix is `[classes, classes]`.
  mutating func add(place: Int, confusion: UnsafePointer<Int>) {
    var sums = [Int](repeating: 0, count: 3 * classes)
    for i in 0..<classes {
      sums[3 * i] = confusion[i * classes + i]
      for j in 0..<classes {
        sums[3 * i + 1] += confusion[i * classes + j]
        sums[3 * j + 2] += confusion[i * classes + j]
      }
    }
    var random = CounterRandom(seed: 0, .bootstrap, place)
    for resample in 0..<Self.resamples {
      let times = Self.poisson(random.uniform())
      guard times > 0 else { continue }
      let start = resample * sums.count
      for i in sums.indices { counts[start + i] += times * sums[i] }
    }
  }

  /// Adds what another has counted of other images.
  mutating func add(_ other: ImageBootstrap) {
    for i in counts.indices { counts[i] += other.counts[i] }
  }

  /// The mean IoU of every resample.
  var meanIoU: [Double] {
    (0..<Self.resamples).map { resample in
      func column(_ offset: Int) -> [Int] {
        (0..<classes).map { counts[(resample * classes + $0) * 3 + offset] }
      }
      return MaskEvaluation.mean(
        MaskEvaluation.classIoU(hits: column(0), truth: column(1), predicted: column(2)))
    }
  }

  /// Poisson(1) of a uniform number, by its distribution function.
  private static func poisson(_ uniform: Float) -> Int {
    var term = 0.367_879_441_171_442_3
    var sum = term
    var n = 0
    while Double(uniform) >= sum && n < 12 {
      n += 1
      term /= Double(n)
      sum += term
    }
    return n
  }
}
