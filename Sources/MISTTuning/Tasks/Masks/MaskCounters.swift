import MISTEdge

/// Counts predicted pixels against masks, by several threads.
struct MaskCounters {
  private let grid: LabelGrid
  private let counters: [MaskCounter]

  init(_ shape: NetworkShape, masks: MapSize, threads: Int) {
    grid = LabelGrid(masks, shape)
    counters = (0..<threads).map { _ in MaskCounter(shape, masks) }
  }

  /// Measures the head with these parameters: logits are resized bilinearly to the masks' size, and the largest is the prediction,
  /// the first of equals. To be called once. Throws what reading throws.
  func evaluate(_ predictor: Predictor<Masks>, _ samples: Samples<Masks>, _ parameters: [Float]) throws
    -> MaskEvaluation
  {
    let count = samples.count
    // Summed in the order of the images, so that the loss does not depend on the threads.
    var losses = [(loss: Float, positions: Int)](repeating: (0, 0), count: count)
    let (counters, grid) = (counters, grid)
    try losses.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let losses = buffer
      try predictor.forEach(samples, parameters: parameters) { thread, place, logits in
        let counter = counters[thread]
        try samples.targets.read(samples.indices[place], into: counter.mask.pixels)
        losses[place] = counter.add(place: place, logits, grid)
      }
    }
    let positions = losses.reduce(0) { $0 + $1.positions }
    let loss = losses.reduce(0.0) { $0 + Double($1.loss) }
    for counter in counters.dropFirst() { counters[0].add(counter) }
    return MaskEvaluation(
      count: count, loss: positions == 0 ? 0 : loss / Double(positions), confusion: counters[0].confusion,
      resamples: counters[0].bootstrap.meanIoU)
  }
}

/// What one thread counts of the images it predicts.
private final class MaskCounter: @unchecked Sendable {
  /// The mask of the image at hand.
  let mask: MaskBuffer
  private let classes: Int
  private let rows: ClassMap
  private var row: [UInt8]
  private var labels: [UInt8]
  /// Of all images, and of the one at hand.
  private var total: [Int]
  private var image: [Int]
  private(set) var bootstrap: ImageBootstrap

  init(_ shape: NetworkShape, _ masks: MapSize) {
    mask = MaskBuffer(masks)
    classes = shape.classes
    rows = ClassMap(
      gridHeight: shape.dense?.height ?? 0, gridWidth: shape.dense?.width ?? 0, classes: classes,
      height: masks.height, width: masks.width)
    row = [UInt8](repeating: 0, count: masks.width)
    labels = [UInt8](repeating: 0, count: shape.outputCount)
    total = [Int](repeating: 0, count: classes * classes)
    image = total
    bootstrap = ImageBootstrap(classes: classes)
  }

  /// Adds the image whose mask is in `mask`; `logits` are overwritten. Returns its summed loss on the output grid, and over how many
  /// positions.
  func add(place: Int, _ logits: UnsafeMutablePointer<Float>, _ grid: LabelGrid) -> (
    loss: Float, positions: Int
  ) {
    image.withUnsafeMutableBufferPointer { image in
      row.withUnsafeMutableBufferPointer { row in
        guard let image = image.baseAddress, let row = row.baseAddress else { return }
        image.update(repeating: 0, count: classes * classes)
        for y in 0..<rows.height {
          rows.row(y, of: logits, into: row)
          let truth = mask.pointer + y * rows.width
          for x in 0..<rows.width where truth[x] < classes {
            image[Int(truth[x]) * classes + Int(row[x])] += 1
          }
        }
        bootstrap.add(place: place, confusion: image)
      }
    }
    for i in total.indices { total[i] += image[i] }
    return labels.withUnsafeMutableBufferPointer { labels in
      guard let labels = labels.baseAddress else { return (0, 0) }
      _ = grid.sample(mask.pointer, classes: classes, into: labels)
      // The loss alone is wanted, so its gradient may overwrite the logits.
      let result = MapCrossEntropy.loss(
        logits: logits, labels: labels, positions: grid.count, classes: classes, weight: 1, dLogits: logits)
      return (result.loss, result.counted)
    }
  }

  func add(_ other: MaskCounter) {
    for i in total.indices { total[i] += other.total[i] }
    bootstrap.add(other.bootstrap)
  }

  /// `[classes][classes]`.
  var confusion: [[Int]] {
    (0..<classes).map { Array(total[$0 * classes..<($0 + 1) * classes]) }
  }
}
