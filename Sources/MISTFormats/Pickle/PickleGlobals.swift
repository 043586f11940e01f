/// Which names in a pickle are refused. That no code runs does not rest on this list: nothing in this program calls what
/// a pickle names. The list is there so that whoever has a hostile file learns it.
enum PickleGlobals {
  /// Modules of which nothing is let through, with all that is inside them.
  private static let modules: Set<String> = [
    "_io", "_operator", "_osx_support", "_pickle", "_posixsubprocess", "_winapi", "aiohttp", "asyncio", "bdb",
    "cPickle", "cffi", "cloudpickle", "codeop", "ctypes", "dill", "distutils", "doctest", "ensurepip",
    "fcntl",
    "ftplib", "http", "httplib", "idlelib", "imaplib", "imp", "importlib", "joblib", "linecache", "marshal",
    "mmap", "msvcrt", "nt", "operator", "os", "pdb", "pickle", "pip", "pkgutil", "popen2", "poplib", "posix",
    "pty", "pydoc", "requests", "runpy", "setuptools", "shutil", "smtplib", "socket", "socketserver",
    "sqlite3",
    "ssl", "subprocess", "sys", "telnetlib", "tempfile", "timeit", "torch.hub", "torch.package",
    "torch.utils.cpp_extension", "torch.utils.model_zoo", "urllib", "urllib2", "urllib3", "webbrowser",
    "winreg", "xmlrpc",
  ]

  /// Single names, where the module is otherwise harmless or its name is one that people give their own.
  private static let names: Set<String> = [
    "cProfile.run", "cProfile.runctx", "code.InteractiveConsole", "code.InteractiveInterpreter",
    "code.interact", "codecs.open", "commands.getoutput", "commands.getstatusoutput", "io.FileIO", "io.open",
    "io.open_code", "numpy.fromfile", "numpy.load", "numpy.memmap",
    "numpy.testing._private.utils.runstring", "platform.popen", "profile.run", "profile.runctx",
    "site.addsitedir", "site.main", "torch.load", "torch.serialization.load", "trace.Trace", "types.CodeType",
    "types.FunctionType", "types.LambdaType",
  ]

  /// What built-in names data may have; all others (`eval`, `exec`, `open`, …) are refused. `getattr` is how protocol 2
  /// names a class's method, as mmengine's history buffers do.
  private static let harmlessBuiltins: Set<String> = [
    "Ellipsis", "NotImplemented", "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset",
    "getattr", "int", "list", "long", "object", "range", "set", "slice", "str", "tuple", "type", "unicode",
    "xrange",
  ]

  static func isForbidden(_ global: PickleGlobal) -> Bool {
    if global.module == "builtins" || global.module == "__builtin__" {
      return !harmlessBuiltins.contains(global.name)
    }
    if names.contains(global.text) { return true }
    // `os` covers `os.path`, and with `STACK_GLOBAL` a name may have dots of its own: `os` in `torch` as `torch.os.system`.
    var prefix = ""
    for component in global.text.split(separator: ".").dropLast() {
      prefix += (prefix.isEmpty ? "" : ".") + component
      if modules.contains(prefix) { return true }
    }
    return global.name.split(separator: ".").dropLast().contains { modules.contains(String($0)) }
  }
}
