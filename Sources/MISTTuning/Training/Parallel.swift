import Dispatch
import Synchronization

/// Runs `body(0) … body(threads − 1)` side by side and waits.
func parallel(_ threads: Int, _ body: @Sendable (Int) -> Void) {
  if threads <= 1 {
    body(0)
  } else {
    DispatchQueue.concurrentPerform(iterations: threads, execute: body)
  }
}

/// Runs `body(thread, i)` for every i below `count`, dealt to the threads in turn, and waits. A thread stops at its first error;
/// that of the first thread is thrown.
func parallel(_ threads: Int, over count: Int, _ body: @Sendable (_ thread: Int, _ i: Int) throws -> Void)
  throws
{
  let failure = Mutex<(thread: Int, error: any Error)?>(nil)
  parallel(threads) { thread in
    do {
      for i in stride(from: thread, to: count, by: max(1, threads)) { try body(thread, i) }
    } catch {
      failure.withLock { if thread < $0?.thread ?? .max { $0 = (thread, error) } }
    }
  }
  if let error = failure.withLock({ $0?.error }) { throw error }
}
