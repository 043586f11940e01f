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
  /// A file of `tune`'s that cannot be written.
  case notWritten(Argument)
  /// What `tune` refuses: code, sentence, and what it is about.
  case untunable(StaticString, StaticString, Argument?)
  /// `tune` would take so many bytes.
  case tooLittleMemory(needed: UInt64)

  /// As `sysexits.h` numbers them.
  var status: Int32 {
    switch self {
    case .usage, .tooLittleMemory: 64
    case .notFound, .unreadable: 66
    case .refused, .untunable: 65
    case .writeFailed, .unwritable, .notWritten: 74
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
    case .notWritten(let path):
      out.text("file.write-failed]: ")
      out.argument(path)
      out.text(": it, or what tuning keeps beside it, cannot be written")
    case .untunable(let code, let sentence, let argument):
      out.text(code)
      out.text("]: ")
      if let argument {
        out.argument(argument)
        out.text(": ")
      }
      out.text(sentence)
    case .tooLittleMemory(let needed):
      out.text("tune.memory]: tuning this head takes up to ")
      out.number((needed + 999_999) / 1_000_000)
      out.text(" MB; give --memory that much, or tune a smaller head")
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
