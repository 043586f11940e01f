import CEdgeIO
import MISTEdge

func run(_ options: Options, _ out: Output) throws(Failure) {
  var statistics = Statistics()
  let input = try MappedInput(options.files[0])
  let bundle = try input.bundle()
  let shape = bundle.shape
  let network = bundle.makeNetwork(RuntimeKernels.self)
  // The network has its own form of the weights now; labels come back from the file when they are printed.
  releaseBytes(input.bytes)
  let scratch = HeadScratch(shape)
  let logits = UnsafeMutablePointer<Float>.allocate(capacity: shape.classes)
  defer { logits.deallocate() }
  statistics.ready()
  var report = RunReport(options: options, bundle: bundle, out: out)

  if options.files.count == 1 {
    guard let golden = bundle.golden else { throw .refused(input.path, EdgeError(.noGolden)) }
    golden.expandInput(into: scratch.input)
    statistics.begin()
    network.forward(tokens: golden.tokens, scratch: scratch, into: logits)
    statistics.end()
    report.sample(logits, label: golden.label)
  }
  for path in options.files.dropFirst() {
    let file = try MappedInput(path)
    let shard = try file.shard(for: bundle)
    var released = 0
    for index in 0..<shard.samples {
      let label: Int?
      do throws(EdgeError) {
        try shard.load(index, into: scratch.input)
        label = try shard.label(index)
      } catch {
        throw .refused(path, error)
      }
      statistics.begin()
      network.forward(tokens: shape.tokens, scratch: scratch, into: logits)
      statistics.end()
      report.sample(logits, label: label)
      released = shard.release(before: index + 1, from: released, releaseBytes)
    }
  }
  report.end()
  if options.stats {
    out.flush()
    statistics.report()
  }
}

private func releaseBytes(_ bytes: UnsafeRawBufferPointer) { mist_io_release(bytes.baseAddress, bytes.count) }
