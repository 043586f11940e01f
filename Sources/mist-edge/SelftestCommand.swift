import MISTEdge

func selftest(_ options: Options, _ out: Output) throws(Failure) {
  var statistics = Statistics()
  let input = try MappedInput(options.files[0])
  let bundle = try input.bundle()
  guard let golden = bundle.golden else { throw .refused(input.path, EdgeError(.noGolden)) }
  let shape = golden.shape
  let network = bundle.makeNetwork(shape, RuntimeKernels.self)
  let scratch = NetworkScratch(shape)
  let logits = FloatBuffer(shape.logitCount)
  statistics.ready()
  statistics.begin()
  let result = golden.run(on: network, scratch: scratch, into: logits.pointer)
  statistics.end()
  if options.json {
    out.key("passed", opening: true)
    out.boolean(result.passed)
    out.key("max_error")
    out.jsonNumber(result.maximumError)
    out.key("relative_error")
    out.jsonNumber(result.relativeError)
    out.key("tolerance")
    out.jsonNumber(result.tolerance)
    out.key("tokens")
    out.number(shape.tokens)
    out.line("}")
  } else {
    out.text(result.passed ? "ok: " : "failed: ")
    out.number(BundleGolden.positions(shape) * shape.classes)
    out.text(" logits of ")
    out.number(shape.tokens)
    out.text(" tokens, max error ")
    out.scientific(result.maximumError, digits: 3)
    out.text(", relative ")
    out.scientific(result.relativeError, digits: 3)
    out.text(", tolerance ")
    out.scientific(result.tolerance, digits: 3)
    out.line()
  }
  if options.stats { statistics.report() }
  guard result.passed else { throw .refused(input.path, EdgeError(.selftestFailed)) }
}
