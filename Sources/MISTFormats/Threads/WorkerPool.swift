import Dispatch
import Synchronization

/// Runs work on several threads: the one way in which this code base does.
package enum WorkerPool {
  /// Calls `body` once for every number below `count`, on as many threads at a time as there are processors. The first error is
  /// thrown when all have ended.
  package static func run(_ count: Int, _ body: @Sendable (Int) throws -> Void) throws {
    let failure = Mutex<(any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: count) { number in
      do {
        try body(number)
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// Calls `body(worker, index)` once for every index below `count`. Each worker serves one thread; whichever is free takes
  /// the next index. The first error stops the rest and is thrown.
  package static func forEach<Worker>(
    _ count: Int, workers: [Worker], _ body: @Sendable (Worker, Int) throws -> Void
  ) throws {
    let next = Atomic(0)
    // Every thread uses its own element only.
    nonisolated(unsafe) let workers = workers
    try run(workers.count) { thread in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        do {
          try body(workers[thread], index)
        } catch {
          next.store(count, ordering: .relaxed)
          throw error
        }
      }
    }
  }
}
