import Synchronization

/// A value that a thread of its own computes meanwhile: from now on, or, where the system refuses a thread, when it is asked for.
package final class Later<Value: Sendable>: Sendable {
  private enum State {
    case running(ParkedThread)
    case waiting
    case done(Result<Value, any Error>)
  }

  private let compute: @Sendable () throws -> Value
  private let outcome = Mutex<Result<Value, any Error>?>(nil)
  private let state: Mutex<State>

  package init(_ compute: @escaping @Sendable () throws -> Value) {
    self.compute = compute
    let helper = WorkerPool.borrow(1).first
    state = Mutex(helper.map { .running($0) } ?? .waiting)
    helper?.begin { [self] in
      let result = Result { try compute() }
      outcome.withLock { $0 = result }
    }
  }

  /// Waits for the value, if need be; for any number of threads. Throws what computing it threw.
  package func value() throws -> Value {
    try state.withLock { state in
      var result: Result<Value, any Error>?
      switch state {
      case .done(let known): result = known
      case .waiting: break
      case .running(let helper):
        helper.waitUntilDone()
        WorkerPool.park([helper])
        result = outcome.withLock { $0 }
      }
      let known = result ?? Result { try compute() }
      state = .done(known)
      return known
    }.get()
  }
}
