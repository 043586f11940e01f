import CEdgeIO
import MISTEdge

func run(_ options: Options, _ out: Output) throws(Failure) {
  var statistics = Statistics()
  let input = try MappedInput(options.files[0])
  let bundle = try input.bundle()
  let network = bundle.makeNetwork(RuntimeKernels.self)
  // The network has its own form of the weights now; labels come back from the file when they are printed.
  releaseBytes(input.bytes)
  let scratch = HeadScratch(bundle.shape)
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
    let shard = try file.shard(for: bundle)
    do throws(EdgeError) { try classifier.classify(shard) } catch { throw .refused(file.path, error) }
  }
  classifier.report.end()
  if options.stats {
    out.flush()
    classifier.statistics.report()
  }
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

private func releaseBytes(_ bytes: UnsafeRawBufferPointer) { mist_io_release(bytes.baseAddress, bytes.count) }
