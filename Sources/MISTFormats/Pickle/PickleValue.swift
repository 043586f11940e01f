/// A value that a pickle describes. What has parts is an object of the machine's table, so that shared and cyclic objects
/// need no recursion, neither here nor when they are freed.
enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  /// An integer beyond 64 bits: where its little-endian bytes lie.
  case wide(Range<Int>)
  case float
  case text(String)
  /// Bytes, and text that is too long to be a name: not kept.
  case data
  /// A place in the machine's table.
  case object(Int)
}

/// The name of something in a Python module. It is only ever compared with lists of names.
struct PickleGlobal: Hashable {
  let module: String
  let name: String

  var text: String { module + "." + name }
}

/// What has parts or a name.
struct PickleObject {
  enum Kind {
    case tuple
    case list
    /// Its parts are keys and values in turn.
    case dictionary
    case global(PickleGlobal)
    /// Whatever an unknown class or function would have made; its parts are what would have been handed to it.
    case placeholder(PickleGlobal)
    case storage(PyTorchStorage)
    case tensor(PyTorchTensor)
    /// A tensor of a kind that is not read, and why.
    case unsupportedTensor(String)
  }

  var kind: Kind
  var items: [PickleValue] = []
}
