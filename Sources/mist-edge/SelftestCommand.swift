import MISTEdge

func selftest(_ options: Options, _ out: Output) throws(Failure) {
  var statistics = Statistics()
  let input = try MappedInput(options.files[0])
  let bundle = try input.bundle()
  let result: GoldenResult
  let (logitCount, tokens): (Int, Int)
  switch bundle.head {
  case .classification(let shape):
    guard let golden = bundle.golden else { throw .refused(input.path, EdgeError(.noGolden)) }
    let network = bundle.makeNetwork(shape, RuntimeKernels.self)
    let scratch = HeadScratch(shape, tokens: golden.tokens)
    let logits = FloatBuffer(shape.classes)
    statistics.ready()
    statistics.begin()
    result = golden.run(on: network, scratch: scratch, into: logits.pointer)
    (logitCount, tokens) = (shape.classes, golden.tokens)
  case .segmentation:
    guard let golden = bundle.mapGolden else { throw .refused(input.path, EdgeError(.noGolden)) }
    let shape = golden.shape
    let network = bundle.makeNetwork(shape, RuntimeKernels.self)
    let scratch = MapHeadScratch(shape, training: false)
    let logits = FloatBuffer(shape.outputCount * shape.classes)
    statistics.ready()
    statistics.begin()
    result = golden.run(on: network, scratch: scratch, into: logits.pointer)
    (logitCount, tokens) = (MapGolden.positions(shape) * shape.classes, shape.tokens)
  }
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
    out.number(tokens)
    out.line("}")
  } else {
    out.text(result.passed ? "ok: " : "failed: ")
    out.number(logitCount)
    out.text(" logits of ")
    out.number(tokens)
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
