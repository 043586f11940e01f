import MISTEdge

/// `run` of a segmentation bundle.
func segment(
  _ input: MappedInput, _ bundle: EdgeBundle, _ shape: MapHeadShape, _ options: Options, _ out: Output
) throws(Failure) {
  var statistics = Statistics()
  let report = MapReport(options: options, labels: bundle.labels, out: out)
  if options.files.count == 1 {
    guard let golden = bundle.mapGolden else { throw .refused(input.path, EdgeError(.noGolden)) }
    let segmenter = Segmenter(bundle, golden.shape, options, report)
    golden.expandInput(into: segmenter.scratch.inputs)
    statistics.ready()
    try segmenter.segment(mask: nil, source: input.path, &statistics)
    report.end()
    if options.stats { statistics.report(after: out) }
    return
  }
  let segmenter = Segmenter(bundle, shape, options, report)
  // The network has its own form of the weights now; labels come back from the file when they are printed.
  input.release()
  statistics.ready()
  for index in 1..<options.files.count {
    let file = try MappedInput(options.files[index])
    try segmenter.segment(file.shard(for: bundle, shape), file, &statistics)
  }
  report.end()
  if options.stats { statistics.report(after: out) }
}

/// A network on maps with everything that a sample passes through.
private final class Segmenter {
  let scratch: MapHeadScratch
  private let network: MapHeadNetwork<RuntimeKernels>
  private let logits: FloatBuffer
  private let rows: ClassMap
  private let row: UnsafeMutablePointer<UInt8>
  private let options: Options
  private let report: MapReport

  init(_ bundle: EdgeBundle, _ shape: MapHeadShape, _ options: Options, _ report: MapReport) {
    network = bundle.makeNetwork(shape, RuntimeKernels.self)
    scratch = MapHeadScratch(shape, training: false)
    logits = FloatBuffer(shape.outputCount * shape.classes)
    // The golden maps are smaller than the image's, so their classes stay on their grid.
    let whole = options.files.count > 1 && !options.grid
    let size = whole ? bundle.source.maps : nil
    rows = ClassMap(
      gridHeight: shape.outputHeight, gridWidth: shape.outputWidth, classes: shape.classes,
      height: size?.height ?? shape.outputHeight, width: size?.width ?? shape.outputWidth)
    row = .allocate(capacity: rows.width)
    self.options = options
    self.report = report
  }

  deinit { row.deallocate() }

  func segment(_ shard: MapShard, _ file: MappedInput, _ statistics: inout Statistics) throws(Failure) {
    var released = 0
    for index in 0..<shard.samples {
      let mask: Mask?
      do throws(EdgeError) {
        try shard.load(index, into: scratch.inputs)
        mask = try shard.mask(index).map { Mask(bytes: $0, height: shard.height, width: shard.width) }
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
        raw: options.raw)
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
  let height: Int
  let width: Int

  /// The class at place (y, x) of a map of `rows` × `columns`: the mask's pixel that holds the place's middle.
  func value(_ y: Int, _ x: Int, rows: Int, columns: Int) -> UInt8 {
    bytes[(2 * y + 1) * height / (2 * rows) * width + (2 * x + 1) * width / (2 * columns)]
  }
}
