import MISTEdge

/// Counts and prints the classes of class maps, and how many positions are right.
final class MapReport {
  private let options: Options
  private let labels: BundleLabels
  private let out: Output
  private let classes: Int
  /// Positions of each class in this sample's map.
  private let counts: UnsafeMutablePointer<Int>
  private let agreement: MapAgreement
  private(set) var samples = 0
  private var masked = 0
  private var hasMask = false

  init(options: Options, labels: BundleLabels, out: Output) {
    self.options = options
    self.labels = labels
    self.out = out
    classes = labels.count
    counts = .allocate(capacity: classes)
    counts.initialize(repeating: 0, count: classes)
    agreement = MapAgreement(classes: classes)
  }

  deinit { counts.deallocate() }

  /// Takes row `y` of a map of `height` rows; positions that the mask ignores count for the map alone.
  func row(_ row: UnsafePointer<UInt8>, width: Int, mask: Mask?, y: Int, height: Int) {
    for x in 0..<width { counts[Int(row[x])] += 1 }
    guard let mask else { return }
    hasMask = true
    agreement.row(row, width: width, mask: mask, y: y, height: height)
  }

  /// The sample's map of `pixels` positions is complete: prints its most frequent classes.
  func sample(pixels: Int) {
    if options.json {
      out.key("index", opening: true)
      out.number(samples)
      out.key("classes")
      out.text("[")
    }
    for place in 0..<min(options.top ?? 3, classes) {
      guard let index = mostFrequent() else { break }
      let share = Double(counts[index]) / Double(pixels)
      counts[index] = 0
      if options.json { json(place, index, share) } else { line(index, share) }
    }
    if options.json { out.line("]}") }
    for i in 0..<classes { counts[i] = 0 }
    samples += 1
    if hasMask { masked += 1 }
    hasMask = false
  }

  private func mostFrequent() -> Int? {
    var best = 0
    for i in 1..<max(1, classes) where counts[i] > counts[best] { best = i }
    return counts[best] > 0 ? best : nil
  }

  private func line(_ index: Int, _ share: Double) {
    if !options.labelsOnly {
      out.number(samples)
      out.text("\t")
      out.number(index)
      out.text("\t")
    }
    out.shown(labels[index])
    if !options.labelsOnly {
      out.text("\t")
      out.fixed(share, decimals: 6)
    }
    out.line()
  }

  private func json(_ place: Int, _ index: Int, _ share: Double) {
    if place > 0 { out.text(",") }
    out.key("class", opening: true)
    out.number(index)
    out.key("label")
    out.quoted(labels[index])
    out.key("share")
    out.fixed(share, decimals: 6)
    out.text("}")
  }

  /// Prints pixel accuracy and mean IoU, if any sample had a mask with a pixel that counts.
  func end() {
    let pixels = agreement.pixels
    guard pixels > 0, !options.labelsOnly else { return }
    let (accuracy, (meanIoU, met)) = (agreement.accuracy, agreement.meanIoU)
    if options.json {
      out.key("pixel_accuracy", opening: true)
      out.fixed(accuracy, decimals: 6)
      out.key("mean_iou")
      out.fixed(meanIoU, decimals: 6)
      out.key("classes")
      out.number(met)
      out.key("pixels")
      out.number(pixels)
      out.key("samples")
      out.number(masked)
      out.line("}")
    } else {
      out.text("pixel accuracy ")
      out.fixed(100 * accuracy, decimals: 2)
      out.text(" %, mIoU ")
      out.fixed(100 * meanIoU, decimals: 2)
      out.text(" % over ")
      out.number(met)
      out.text(" classes (")
      out.number(pixels)
      out.text(" pixels of ")
      out.number(masked)
      out.line(" samples)")
    }
  }
}
