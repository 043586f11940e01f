import MISTEdge

/// `run` of a classification bundle.
func classify(_ input: MappedInput, _ bundle: EdgeBundle, _ options: Options, _ out: Output) throws(Failure) {
  guard options.maps == nil, !options.grid else {
    throw .usage("--maps and --grid are for segmentation bundles", nil)
  }
  let golden = options.files.count == 1 ? bundle.golden : nil
  if options.files.count == 1, golden == nil { throw .refused(input.path, EdgeError(.noGolden)) }
  let classifier = Classifier(input, bundle, RunReport(options: options, labels: bundle.labels, out: out))
  if let golden {
    let network = classifier.floats(golden.shape)
    golden.expandInput(into: network.scratch.inputs)
    classifier.classify(network, label: golden.label)
  }
  for index in 1..<options.files.count {
    let file = try MappedInput(options.files[index])
    let shard = try file.shard(for: bundle)
    do throws(EdgeError) { try classifier.classify(shard) } catch { throw .refused(file.path, error) }
  }
  classifier.report.end()
  if options.stats { classifier.statistics.report(after: out) }
}

/// A network with the memory that a sample passes through.
private final class Network {
  let network: EdgeNetwork<RuntimeKernels>
  let scratch: NetworkScratch

  init(_ network: EdgeNetwork<RuntimeKernels>, _ scratch: NetworkScratch) {
    (self.network, self.scratch) = (network, scratch)
  }
}

/// Classifies samples. The weights' form is that of the features: integers where both are, floats elsewhere, made when the first such
/// sample comes.
private final class Classifier {
  private let input: MappedInput
  private let bundle: EdgeBundle
  private var floats: Network?
  private var integers: Network?
  private let logits: FloatBuffer
  var statistics = Statistics()
  var report: RunReport

  init(_ input: MappedInput, _ bundle: EdgeBundle, _ report: RunReport) {
    self.input = input
    self.bundle = bundle
    logits = FloatBuffer(bundle.network.logitCount)
    self.report = report
  }

  func floats(_ shape: NetworkShape) -> Network {
    if let floats { return floats }
    let network = Network(bundle.makeNetwork(shape, RuntimeKernels.self), NetworkScratch(shape))
    floats = network
    ready()
    return network
  }

  private func ofIntegers() -> Network {
    if let integers { return integers }
    let network = Network(
      bundle.makeIntegerNetwork(RuntimeKernels.self), NetworkScratch(integers: bundle.network))
    integers = network
    ready()
    return network
  }

  private func ready() {
    // The network has its own form of the weights now; labels come back from the file when they are printed.
    input.release()
    if floats == nil || integers == nil { statistics.ready() }
  }

  /// Runs the network on the tokens in its scratch memory and prints what comes out.
  @inline(never)
  func classify(_ own: Network, label: Int?) {
    statistics.begin()
    own.network.forward(scratch: own.scratch, into: logits.pointer)
    statistics.end()
    report.sample(logits.pointer, label: label)
  }

  func classify(_ shard: FeatureShard) throws(EdgeError) {
    let own = bundle.takesIntegers && shard.isInteger ? ofIntegers() : floats(bundle.network)
    var released = 0
    for index in 0..<shard.samples {
      try shard.load(index, into: own.scratch, RuntimeKernels.self)
      classify(own, label: try shard.label(index))
      released = shard.release(before: index + 1, from: released, releaseBytes)
    }
  }
}
