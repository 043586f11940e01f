import MISTEdge

/// Runs a head over stored maps, images in parallel.
public final class MapPredictor {
  public let shape: NetworkShape
  public let feature: FeatureChoice
  private let network: EdgeNetwork<BLASKernels>
  private let grid: LabelGrid
  private let workers: [MapWorker]
  private let counters: [MapCounter]

  /// A predictor for `feature` and masks of `maskHeight` × `maskWidth` pixels; `threads` images at a time.
  public init(shape: NetworkShape, feature: FeatureChoice, maskHeight: Int, maskWidth: Int, threads: Int) {
    self.shape = shape
    self.feature = feature
    network = EdgeNetwork(shape)
    grid = LabelGrid(
      height: maskHeight, width: maskWidth, outputHeight: shape.outputSize.height,
      outputWidth: shape.outputSize.width)
    let pixels = maskHeight * maskWidth
    workers = (0..<max(1, threads)).map { _ in MapWorker(shape, maskPixels: pixels, training: false) }
    counters = workers.map { _ in MapCounter(shape, height: maskHeight, width: maskWidth) }
  }

  /// Measures the head with these parameters on `data`: logits are resized bilinearly to the masks' size, and the largest is the
  /// prediction, the first of equals. Throws what reading throws.
  public func evaluate(_ data: MapSubset, parameters: [Float]) throws -> MapEvaluation {
    network.prepare(parameters)
    for counter in counters { counter.clear() }
    let count = data.count
    // Summed in the order of the images, so that the loss does not depend on the threads.
    var losses = [(loss: Float, positions: Int)](repeating: (0, 0), count: count)
    let (network, workers, counters, grid, feature) = (network, workers, counters, grid, feature)
    losses.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let losses = buffer
      parallel(workers.count) { thread in
        let worker = workers[thread]
        for place in stride(from: thread, to: count, by: workers.count) {
          do {
            let index = data.indices[place]
            try worker.read(data.maps, index, feature)
            try data.maps.readMask(index, into: worker.mask)
          } catch {
            worker.failure = error
            return
          }
          network.forward(scratch: worker.scratch, into: worker.logits.pointer)
          losses[place] = counters[thread].add(place: place, worker, grid)
        }
      }
    }
    try workers.rethrow()
    let positions = losses.reduce(0) { $0 + $1.positions }
    let loss = losses.reduce(0.0) { $0 + Double($1.loss) }
    for counter in counters.dropFirst() { counters[0].add(counter) }
    return MapEvaluation(
      count: count, loss: positions == 0 ? 0 : loss / Double(positions), confusion: counters[0].confusion,
      resamples: counters[0].bootstrap.meanIoU)
  }
}

/// What one thread counts of the images it predicts.
private final class MapCounter: @unchecked Sendable {
  private let classes: Int
  private let rows: ClassMap
  private var row: [UInt8]
  private var labels: [UInt8]
  /// Of all images, and of the one at hand.
  private var total: [Int]
  private var image: [Int]
  private(set) var bootstrap: ImageBootstrap

  init(_ shape: NetworkShape, height: Int, width: Int) {
    classes = shape.classes
    rows = ClassMap(
      gridHeight: shape.outputSize.height, gridWidth: shape.outputSize.width, classes: classes,
      height: height,
      width: width)
    row = [UInt8](repeating: 0, count: width)
    labels = [UInt8](repeating: 0, count: shape.outputCount)
    total = [Int](repeating: 0, count: classes * classes)
    image = total
    bootstrap = ImageBootstrap(classes: classes)
  }

  func clear() {
    for i in total.indices { total[i] = 0 }
    bootstrap = ImageBootstrap(classes: classes)
  }

  /// Adds the image whose logits and mask are in `worker`. Returns its summed loss on the output grid, and over how many positions.
  func add(place: Int, _ worker: MapWorker, _ grid: LabelGrid) -> (loss: Float, positions: Int) {
    guard let mask = UnsafePointer(worker.mask.baseAddress) else { return (0, 0) }
    let logits = worker.logits.pointer
    image.withUnsafeMutableBufferPointer { image in
      row.withUnsafeMutableBufferPointer { row in
        guard let image = image.baseAddress, let row = row.baseAddress else { return }
        image.update(repeating: 0, count: classes * classes)
        for y in 0..<rows.height {
          rows.row(y, of: logits, into: row)
          let truth = mask + y * rows.width
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
      _ = grid.sample(mask, classes: classes, into: labels)
      // The loss alone is wanted, so its gradient may overwrite the logits.
      let result = MapCrossEntropy.loss(
        logits: logits, labels: labels, positions: grid.count, classes: classes, weight: 1, dLogits: logits)
      return (result.loss, result.counted)
    }
  }

  func add(_ other: MapCounter) {
    for i in total.indices { total[i] += other.total[i] }
    bootstrap.add(other.bootstrap)
  }

  /// `[classes][classes]`.
  var confusion: [[Int]] {
    (0..<classes).map { Array(total[$0 * classes..<($0 + 1) * classes]) }
  }
}
