import MISTEdge

/// `run` of a segmentation bundle.
func segment(_ input: MappedInput, _ bundle: EdgeBundle, _ options: Options, _ out: Output) throws(Failure) {
  var statistics = Statistics()
  let report = MapReport(options: options, labels: bundle.labels, out: out)
  if options.files.count == 1 {
    guard let golden = bundle.golden else { throw .refused(input.path, EdgeError(.noGolden)) }
    let segmenter = Segmenter(bundle, golden.shape, options, report)
    golden.expandInput(into: segmenter.scratch.inputs)
    statistics.ready()
    try segmenter.segment(mask: nil, source: input.path, &statistics)
    report.end()
    if options.stats { statistics.report(after: out) }
    return
  }
  let segmenter = Segmenter(bundle, bundle.network, options, report)
  // The network has its own form of the weights now; labels come back from the file when they are printed.
  input.release()
  statistics.ready()
  for index in 1..<options.files.count {
    let file = try MappedInput(options.files[index])
    try segmenter.segment(file.shard(for: bundle), file, &statistics)
  }
  report.end()
  if options.stats { statistics.report(after: out) }
}

/// A network on maps with everything that a sample passes through.
private final class Segmenter {
  let scratch: NetworkScratch
  private let network: EdgeNetwork<RuntimeKernels>
  private let logits: FloatBuffer
  private let rows: ClassMap
  private let row: UnsafeMutablePointer<UInt8>
  private let options: Options
  private let report: MapReport

  init(_ bundle: EdgeBundle, _ shape: NetworkShape, _ options: Options, _ report: MapReport) {
    network = bundle.makeNetwork(shape, RuntimeKernels.self)
    scratch = NetworkScratch(shape)
    logits = FloatBuffer(shape.logitCount)
    // The golden maps are smaller than the image's, so their classes stay on their grid.
    let whole = options.files.count > 1 && !options.grid
    let size = whole ? bundle.source.maps : nil
    let (height, width) = (shape.dense?.height ?? 1, shape.dense?.width ?? 1)
    rows = ClassMap(
      gridHeight: height, gridWidth: width, classes: shape.classes, height: size?.height ?? height,
      width: size?.width ?? width)
    row = .allocate(capacity: rows.width)
    self.options = options
    self.report = report
  }

  deinit { row.deallocate() }

  func segment(_ shard: FeatureShard, _ file: MappedInput, _ statistics: inout Statistics) throws(Failure) {
    var released = 0
    for index in 0..<shard.samples {
      let mask: Mask?
      do throws(EdgeError) {
        try shard.load(index, into: scratch.inputs)
        mask = try shard.mask(index).flatMap { bytes in shard.maskSize.map { Mask(bytes: bytes, size: $0) } }
      } catch { throw .refused(file.path, error) }
      try segment(mask: mask, source: file.path, &statistics)
      released = shard.release(before: index + 1, from: released, releaseBytes)
    }
  }

  /// Runs the network on the maps in the scratch's inputs, row by row writes the classes, counts and prints them.
  func segment(mask: Mask?, source: Argument, _ statistics: inout Statistics) throws(Failure) {
    let file = try options.maps.map { (folder) throws(Failure) in
      try MapFile(
        folder, source: source, sample: report.samples, width: rows.width, height: rows.height,
        raw: options.raw, inputs: options.files)
    }
    statistics.begin()
    network.forward(scratch: scratch, into: logits.pointer)
    for y in 0..<rows.height {
      rows.row(y, of: logits.pointer, into: row)
      report.row(row, width: rows.width, mask: mask, y: y, height: rows.height)
      file?.output.bytes(UnsafeRawBufferPointer(start: row, count: rows.width))
    }
    statistics.end()
    try file?.finish()
    report.sample(pixels: rows.width * rows.height)
  }
}

/// The true classes of a sample.
struct Mask {
  let bytes: UnsafeRawBufferPointer
  let size: MapSize

  /// The class at place (y, x) of a map of `rows` × `columns`: the mask's pixel that holds the place's middle.
  func value(_ y: Int, _ x: Int, rows: Int, columns: Int) -> UInt8 {
    bytes[
      (2 * y + 1) * size.height / (2 * rows) * size.width + (2 * x + 1) * size.width / (2 * columns)]
  }
}
