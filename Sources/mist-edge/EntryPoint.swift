import CEdgeIO
import MISTEdge

/// The program's `main`, under the name that SwiftPM gives to an executable's entry. Embedded Swift has no `CommandLine`, so it
/// is a C function, in the ordinary build as well.
@c(mist_edge_main)
public func edgeMain(
  _ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> Int32 {
  var words: [Argument] = []
  for i in 1..<max(1, Int(count)) {
    if let word = arguments[i] { words.append(Argument(text: word)) }
  }
  let output = Output(descriptor: 1)
  do throws(Failure) {
    try perform(Options(words), output)
    output.flush()
    if output.failed { throw .writeFailed }
    return 0
  } catch {
    output.flush()
    let errors = Output(descriptor: 2)
    error.report(on: errors)
    return error.status
  }
}

private func perform(_ options: Options, _ output: Output) throws(Failure) {
  switch options.command {
  case .help: output.text(Help.text)
  case .info: try info(options, output)
  case .selftest:
    if options.portable {
      try selftest(options, output, PortableKernels.self)
    } else {
      try selftest(options, output, SIMDKernels.self)
    }
  case .run:
    if options.portable {
      try run(options, output, PortableKernels.self)
    } else {
      try run(options, output, SIMDKernels.self)
    }
  }
}
