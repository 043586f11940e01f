import CEdgeIO
import CProcess
import MISTEdge
import MISTKernels

/// The program's `main`, under the name that SwiftPM gives to an executable's entry. Embedded Swift has no `CommandLine`, so it
/// is a C function, in the ordinary build as well.
@c(mist_edge_main)
public func edgeMain(
  _ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> Int32 {
  mist_process_prepare()
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
  RuntimeKernels.portable = options.portable || mist_isa_best() == MIST_ISA_SCALAR
  switch options.command {
  case .help: output.text(Help.text)
  case .info: try info(options, output)
  case .selftest: try selftest(options, output)
  case .run: try run(options, output)
  case .tune:
    #if !MIST_WITHOUT_TUNING
      try tune(options, output)
    #endif
  }
}
