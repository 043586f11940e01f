import Dispatch
import Synchronization

/// Runs independent jobs on several threads, one worker object per thread.
public enum WorkerPool {
  /// Calls `body(worker, index)` once for every index below `count`. Each worker serves one thread; whichever is free takes
  /// the next index. The first error stops the rest and is thrown.
  public static func forEach<Worker>(
    _ count: Int, workers: [Worker], _ body: @Sendable (Worker, Int) throws -> Void
  ) throws {
    let next = Atomic(0)
    let failure = Mutex<(any Error)?>(nil)
    // Every thread uses its own element only.
    nonisolated(unsafe) let workers = workers
    DispatchQueue.concurrentPerform(iterations: workers.count) { thread in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        do {
          try body(workers[thread], index)
        } catch {
          next.store(count, ordering: .relaxed)
          failure.withLock { $0 = $0 ?? error }
          return
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
