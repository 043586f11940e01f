import CEdgeIO
import MISTEdge

/// Why a command ended early, and with which status.
indirect enum Failure: Error {
  case usage(StaticString, Argument?)
  case notFound(Argument)
  case unreadable(Argument)
  case refused(Argument, EdgeError)
  case writeFailed
  case unwritable(Argument)

  /// As `sysexits.h` numbers them.
  var status: Int32 {
    switch self {
    case .usage: 64
    case .notFound, .unreadable: 66
    case .refused: 65
    case .writeFailed, .unwritable: 74
    }
  }

  /// Prints `error[code]: sentence`.
  func report(on out: Output) {
    out.text("error[")
    switch self {
    case .usage(let problem, let argument):
      out.text("usage]: ")
      out.text(problem)
      if let argument {
        out.text(": ")
        out.argument(argument)
      }
      out.text("; see mist-edge --help")
    case .notFound(let path):
      out.text("file.not-found]: ")
      out.argument(path)
      out.text(": there is no such file")
    case .unreadable(let path):
      out.text("file.unreadable]: ")
      out.argument(path)
      out.text(": it is not a regular file or may not be read")
    case .refused(let path, let error): report(path, error, on: out)
    case .unwritable(let path):
      out.text("file.write-failed]: ")
      out.argument(path)
      out.text(": a class map cannot be written in this folder")
    case .writeFailed: out.text("file.write-failed]: writing to standard output failed")
    }
    out.line(".")
  }

  private func report(_ path: Argument, _ error: EdgeError, on out: Output) {
    out.bytes(error.code.name.bytes)
    out.text("]: ")
    out.argument(path)
    out.text(": ")
    out.sentence(error)
  }
}
