/// Process exit statuses of the command line, after BSD's `sysexits.h`.
public enum ExitStatus: Int32, Sendable {
  case ok = 0
  /// The command line itself is wrong.
  case usage = 64
  /// An input was read and is not valid, or a check on it failed.
  case badData = 65
  /// An input does not exist or cannot be opened.
  case noInput = 66
  /// An invariant of this program does not hold: a bug.
  case bug = 70
  /// Reading or writing failed.
  case io = 74
}

/// The stable name of one way to fail, such as `safetensors.duplicate-key`. Scripts may match on it; the
/// sentence around it may change. Modules declare theirs as static members in an extension, and each rule of
/// a document in `Formats/` names one.
public struct ErrorCode: Hashable, Sendable {
  public let name: String
  public let exit: ExitStatus

  public init(_ name: String, exit: ExitStatus = .badData) {
    self.name = name
    self.exit = exit
  }
}

extension ErrorCode {
  public static let fileNotFound = ErrorCode("file.not-found", exit: .noInput)
  public static let fileUnreadable = ErrorCode("file.unreadable", exit: .noInput)
  /// While it was in use.
  public static let fileShortened = ErrorCode("file.shortened", exit: .io)
  public static let fileWriteFailed = ErrorCode("file.write-failed", exit: .io)
  public static let usage = ErrorCode("usage", exit: .usage)
  public static let bug = ErrorCode("bug", exit: .bug)
}

/// What every throwing function of the host modules throws: a code to match on, and the parts of one sentence
/// that says where, what was expected, what was found, and what to do.
public struct MISTError: Error, Hashable, Sendable, CustomStringConvertible {
  public let code: ErrorCode
  /// The file as the user named it.
  public let file: String?
  /// Where in the file: a tensor's name, a byte offset, a graph node.
  public let place: String?
  /// What was expected and what was found.
  public let problem: String
  /// What to do about it.
  public let advice: String?

  public init(
    _ code: ErrorCode, file: String? = nil, at place: String? = nil, _ problem: String, advice: String? = nil
  ) {
    self.code = code
    self.file = file
    self.place = place
    self.problem = problem
    self.advice = advice
  }

  /// One sentence: `file: place: problem; advice.` What files can make as long as they like is cut to what a person reads.
  public var description: String {
    let subject = [file, place.map { cut($0, to: 400) }].compactMap { $0 }.map { $0 + ": " }.joined()
    return subject + cut(problem, to: 2000) + (advice.map { "; " + cut($0, to: 2000) } ?? "") + "."
  }

  /// The same error, its place a part of `outer`.
  package func within(_ outer: String) -> MISTError {
    MISTError(
      code, file: file, at: outer + (place.map { ", " + $0 } ?? ""), problem, advice: advice)
  }

  /// The same error, naming the file when it did not yet.
  public func inFile(_ path: String) -> MISTError {
    file != nil ? self : MISTError(code, file: path, at: place, problem, advice: advice)
  }
}
