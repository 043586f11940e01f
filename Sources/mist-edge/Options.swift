/// The command line.
struct Options {
  enum Command { case info, selftest, run, help }

  var command = Command.help
  /// The bundle, then feature shards.
  var files: [Argument] = []
  /// Classes per sample.
  var top = 1
  var labelsOnly = false
  var json = false
  var stats = false
  var portable = false

  init(_ arguments: [Argument]) throws(Failure) {
    guard let verb = arguments.first else {
      throw Options.usage("a command is missing: info, selftest or run")
    }
    if verb.equals("info") {
      command = .info
    } else if verb.equals("selftest") {
      command = .selftest
    } else if verb.equals("run") {
      command = .run
    } else if verb.equals("--help") || verb.equals("-h") || verb.equals("help") {
      return
    } else {
      throw Options.usage("there is no such command", verb)
    }
    var flagsEnded = false
    var index = 1
    while index < arguments.count {
      let argument = arguments[index]
      index += 1
      if flagsEnded || !argument.isOption {
        files.append(argument)
      } else if argument.equals("--") {
        flagsEnded = true
      } else if argument.equals("--help") || argument.equals("-h") {
        command = .help
        return
      } else if argument.equals("--json") {
        json = true
      } else if argument.equals("--stats") {
        stats = true
      } else if argument.equals("--portable") {
        portable = true
      } else if argument.equals("--labels") {
        labelsOnly = true
      } else if argument.equals("--top") {
        guard index < arguments.count, let count = arguments[index].count else {
          throw Options.usage("--top needs a number from 1 to 65536")
        }
        top = count
        index += 1
      } else {
        throw Options.usage("there is no such option", argument)
      }
    }
    guard !files.isEmpty else { throw Options.usage("a bundle is missing") }
    guard command == .run || files.count == 1 else {
      throw Options.usage("only run takes features", files[1])
    }
    guard command == .run || (top == 1 && !labelsOnly) else {
      throw Options.usage("only run takes --top and --labels")
    }
    guard !labelsOnly || (top == 1 && !json) else {
      throw Options.usage("--labels does not go with --top or --json")
    }
  }

  /// Not inlined: the command line is refused in many places.
  @inline(never)
  private static func usage(_ problem: StaticString, _ argument: Argument? = nil) -> Failure {
    .usage(problem, argument)
  }
}
