import Synchronization

/// A value that callbacks on several threads change.
final class Collected<Value: Sendable>: Sendable {
  private let storage: Mutex<Value>

  init(_ value: sending Value) { storage = Mutex(value) }

  var value: Value { storage.withLock { $0 } }

  func update(_ body: (inout Value) -> Void) {
    storage.withLock { body(&$0) }
  }
}
