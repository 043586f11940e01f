import MISTEdge

/// How well class maps agree with masks, over all samples: positions of each class that are predicted, true, and both.
final class MapAgreement {
  private let classes: Int
  private let predicted: UnsafeMutablePointer<Int>
  private let truth: UnsafeMutablePointer<Int>
  private let both: UnsafeMutablePointer<Int>

  init(classes: Int) {
    self.classes = classes
    predicted = .allocate(capacity: 3 * classes)
    truth = predicted + classes
    both = truth + classes
    clear()
  }

  deinit { predicted.deallocate() }

  func clear() { predicted.initialize(repeating: 0, count: 3 * classes) }

  /// Takes row `y` of a map of `height` rows; positions that the mask ignores count for nothing.
  func row(_ row: UnsafePointer<UInt8>, width: Int, mask: Mask, y: Int, height: Int) {
    for x in 0..<width {
      let value = mask.value(y, x, rows: height, columns: width)
      if value == ClassMap.ignored { continue }
      predicted[Int(row[x])] += 1
      truth[Int(value)] += 1
      if row[x] == value { both[Int(value)] += 1 }
    }
  }

  /// Positions that have a class in a mask, and how many of them are right.
  var pixels: Int { sum(truth) }
  var correct: Int { sum(both) }
  var accuracy: Double { Double(correct) / Double(max(1, pixels)) }

  private func sum(_ counts: UnsafePointer<Int>) -> Int {
    var sum = 0
    for i in 0..<classes { sum += counts[i] }
    return sum
  }

  /// The mean of intersection over union, and over how many classes: those that were met.
  var meanIoU: (value: Double, classes: Int) {
    var (met, total) = (0, 0.0)
    for i in 0..<classes {
      let union = truth[i] + predicted[i] - both[i]
      guard union > 0 else { continue }
      met += 1
      total += Double(both[i]) / Double(union)
    }
    return (total / Double(max(1, met)), met)
  }
}
