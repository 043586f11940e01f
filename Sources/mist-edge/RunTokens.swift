import MISTEdge

/// `run` of a classification bundle.
func classify(
  _ input: MappedInput, _ bundle: EdgeBundle, _ shape: HeadShape, _ options: Options, _ out: Output
) throws(Failure) {
  guard options.maps == nil, !options.grid else {
    throw .usage("--maps and --grid are for segmentation bundles", nil)
  }
  var statistics = Statistics()
  let network = bundle.makeNetwork(shape, RuntimeKernels.self)
  // The network has its own form of the weights now; labels come back from the file when they are printed.
  input.release()
  let scratch = HeadScratch(shape)
  statistics.ready()
  var classifier = Classifier(
    network: network, scratch: scratch, statistics: statistics,
    report: RunReport(options: options, labels: bundle.labels, out: out))
  if options.files.count == 1 {
    guard let golden = bundle.golden else { throw .refused(input.path, EdgeError(.noGolden)) }
    golden.expandInput(into: scratch.input)
    classifier.classify(tokens: golden.tokens, label: golden.label)
  }
  for index in 1..<options.files.count {
    let file = try MappedInput(options.files[index])
    let shard = try file.shard(for: bundle, shape)
    do throws(EdgeError) { try classifier.classify(shard) } catch { throw .refused(file.path, error) }
  }
  classifier.report.end()
  if options.stats { classifier.statistics.report(after: out) }
}

/// A network with everything that a sample passes through.
private struct Classifier {
  let network: HeadNetwork<RuntimeKernels>
  let scratch: HeadScratch
  let logits: FloatBuffer
  var statistics: Statistics
  var report: RunReport

  init(
    network: HeadNetwork<RuntimeKernels>, scratch: HeadScratch, statistics: Statistics, report: RunReport
  ) {
    self.network = network
    self.scratch = scratch
    self.statistics = statistics
    self.report = report
    logits = FloatBuffer(network.shape.classes)
  }

  /// Runs the network on the `tokens` in the scratch's input and prints what comes out.
  @inline(never)
  mutating func classify(tokens: Int, label: Int?) {
    statistics.begin()
    network.forward(tokens: tokens, scratch: scratch, into: logits.pointer)
    statistics.end()
    report.sample(logits.pointer, label: label)
  }

  mutating func classify(_ shard: FeatureShard) throws(EdgeError) {
    var released = 0
    for index in 0..<shard.samples {
      try shard.load(index, into: scratch.input)
      classify(tokens: shard.tokens, label: try shard.label(index))
      released = shard.release(before: index + 1, from: released, releaseBytes)
    }
  }
}
