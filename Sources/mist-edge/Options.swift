/// The command line.
final class Options {
  enum Command { case info, selftest, run, tune, help }

  var command = Command.help
  /// The bundle, then feature shards.
  var files: [Argument] = []
  /// Classes per sample; nil when not given.
  var top: Int?
  var labelsOnly = false
  var json = false
  var stats = false
  var portable = false
  /// Where class maps go; nil for nowhere.
  var maps: Argument?
  /// Class maps at the output grid's size instead of the image's, and without a header.
  var grid = false
  var raw = false
  #if !MIST_WITHOUT_TUNING
    var tuning = TuneOptions()
  #endif

  init(_ arguments: [Argument]) throws(Failure) {
    guard let verb = arguments.first else {
      throw Options.usage("a command is missing: info, selftest, run or tune")
    }
    if verb.equals("info") {
      command = .info
    } else if verb.equals("selftest") {
      command = .selftest
    } else if verb.equals("run") {
      command = .run
    } else if verb.equals("tune") {
      #if MIST_WITHOUT_TUNING
        throw Options.usage("this mist-edge was built without training (MIST_TUNING=0)")
      #else
        command = .tune
      #endif
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
      } else if try takesForTuning(argument, arguments, &index) {
        continue
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
      } else if argument.equals("--grid") {
        grid = true
      } else if argument.equals("--raw") {
        raw = true
      } else if argument.equals("--maps") || argument.equals("-o") {
        guard index < arguments.count else { throw Options.usage("--maps needs a folder") }
        maps = arguments[index]
        index += 1
      } else if argument.equals("--top") {
        guard index < arguments.count, let count = arguments[index].number(1...65536) else {
          throw Options.usage("--top needs a number from 1 to 65536")
        }
        top = count
        index += 1
      } else {
        throw Options.usage("there is no such option", argument)
      }
    }
    guard !files.isEmpty else { throw Options.usage("a bundle is missing") }
    guard command == .run || command == .tune || files.count == 1 else {
      throw Options.usage("only run and tune take features", files[1])
    }
    guard command == .run || (top == nil && !labelsOnly && maps == nil && !grid) else {
      throw Options.usage("only run takes --top, --labels, --maps and --grid")
    }
    guard !raw || maps != nil else { throw Options.usage("--raw needs --maps") }
    guard !labelsOnly || (top == nil && !json) else {
      throw Options.usage("--labels does not go with --top or --json")
    }
  }

  /// Takes an option of `tune`; what follows `--val` up to the next option are shards to validate on.
  private func takesForTuning(
    _ option: Argument, _ arguments: [Argument], _ index: inout Int
  ) throws(Failure) -> Bool {
    #if MIST_WITHOUT_TUNING
      return false
    #else
      guard command == .tune else { return false }
      var next = index
      defer { index = next }
      if option.equals("--val") {
        while next < arguments.count, !arguments[next].isOption {
          tuning.validation.append(arguments[next])
          next += 1
        }
        guard !tuning.validation.isEmpty else { throw Options.usage("--val needs shards") }
        return true
      }
      return try tuning.take(option) { () throws(Failure) in
        guard next < arguments.count else { throw Options.usage("a value is missing behind", option) }
        next += 1
        return arguments[next - 1]
      }
    #endif
  }

  /// Not inlined: the command line is refused in many places.
  @inline(never)
  private static func usage(_ problem: StaticString, _ argument: Argument? = nil) -> Failure {
    .usage(problem, argument)
  }
}
