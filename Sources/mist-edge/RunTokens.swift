import MISTEdge

/// `run` of a classification bundle.
func classify(_ input: MappedInput, _ bundle: EdgeBundle, _ options: Options, _ out: Output) throws(Failure) {
  guard options.maps == nil, !options.grid else {
    throw .usage("--maps and --grid are for segmentation bundles", nil)
  }
  let golden = options.files.count == 1 ? bundle.golden : nil
  if options.files.count == 1, golden == nil { throw .refused(input.path, EdgeError(.noGolden)) }
  let classifier = Classifier(
    bundle, golden?.shape ?? bundle.network, RunReport(options: options, labels: bundle.labels, out: out))
  // The network has its own form of the weights now; labels come back from the file when they are printed.
  input.release()
  classifier.statistics.ready()
  if let golden {
    golden.expandInput(into: classifier.scratch.inputs)
    classifier.classify(label: golden.label)
  }
  for index in 1..<options.files.count {
    let file = try MappedInput(options.files[index])
    let shard = try file.shard(for: bundle)
    do throws(EdgeError) { try classifier.classify(shard) } catch { throw .refused(file.path, error) }
  }
  classifier.report.end()
  if options.stats { classifier.statistics.report(after: out) }
}

/// A network with everything that a sample passes through.
private final class Classifier {
  let scratch: NetworkScratch
  private let network: EdgeNetwork<RuntimeKernels>
  private let logits: FloatBuffer
  var statistics = Statistics()
  var report: RunReport

  init(_ bundle: EdgeBundle, _ shape: NetworkShape, _ report: RunReport) {
    network = bundle.makeNetwork(shape, RuntimeKernels.self)
    scratch = NetworkScratch(shape)
    logits = FloatBuffer(shape.logitCount)
    self.report = report
  }

  /// Runs the network on the tokens in the scratch's input and prints what comes out.
  @inline(never)
  func classify(label: Int?) {
    statistics.begin()
    network.forward(scratch: scratch, into: logits.pointer)
    statistics.end()
    report.sample(logits.pointer, label: label)
  }

  func classify(_ shard: FeatureShard) throws(EdgeError) {
    var released = 0
    for index in 0..<shard.samples {
      try shard.load(index, into: scratch.inputs)
      classify(label: try shard.label(index))
      released = shard.release(before: index + 1, from: released, releaseBytes)
    }
  }
}
