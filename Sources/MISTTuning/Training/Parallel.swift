import Dispatch

/// Runs `body(0) … body(threads − 1)` side by side and waits.
func parallel(_ threads: Int, _ body: @Sendable (Int) -> Void) {
  if threads <= 1 {
    body(0)
  } else {
    DispatchQueue.concurrentPerform(iterations: threads, execute: body)
  }
}
