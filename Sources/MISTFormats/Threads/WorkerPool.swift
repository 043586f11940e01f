import Foundation
import Synchronization

/// Runs work on several threads: the one way in which this code base does.
package enum WorkerPool {
  /// Calls `body` once for every number below `count`, on as many threads at a time; the calling thread is one of them. Where
  /// the system refuses a thread, those that started do its part too, and `onShortage` says so. The first error is thrown when
  /// all have ended.
  package static func run(_ count: Int, _ body: @Sendable (Int) throws -> Void) throws {
    guard count > 1 else {
      if count == 1 { try body(0) }
      return
    }
    let next = Atomic(0)
    let failure = Mutex<(any Error)?>(nil)
    let work: @Sendable () -> Void = {
      while true {
        let number = next.add(1, ordering: .relaxed).oldValue
        guard number < count else { return }
        do {
          try body(number)
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
    }
    withoutActuallyEscaping(work) { work in
      let helpers = borrow(count - 1)
      for helper in helpers { helper.begin(work) }
      work()
      for helper in helpers { helper.waitUntilDone() }
      park(helpers)
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
    try run(min(count, workers.count)) { thread in
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

  /// Threads for what is not told how many: one per processor until an executable's user says another number.
  package static var threads: Int {
    get { wanted.load(ordering: .relaxed) }
    set { wanted.store(max(1, newValue), ordering: .relaxed) }
  }

  private static let wanted = Atomic(max(1, ProcessInfo.processInfo.activeProcessorCount))

  /// What `body` gives for every number below `count`, in order, on as many threads as `threads` says. Throws as `run`.
  package static func map<Value: Sendable>(
    _ count: Int, _ body: @Sendable (Int) throws -> Value
  ) throws -> [Value] {
    let values = Mutex([Value?](repeating: nil, count: count))
    let workers = Array(0..<min(count, threads))
    try forEach(count, workers: workers) { _, index in
      let value = try body(index)
      values.withLock { $0[index] = value }
    }
    return values.withLock { $0.compactMap(\.self) }
  }

  /// Called the first time that the system refuses a thread: how many were wanted, how many run, and its reason.
  package static var onShortage: @Sendable (_ wanted: Int, _ running: Int, _ reason: String) -> Void {
    get { shortage.withLock { $0.report } }
    set { shortage.withLock { $0.report = newValue } }
  }

  private struct Shortage: Sendable {
    var report: @Sendable (Int, Int, String) -> Void = { _, _, _ in }
    var isReported = false
  }

  private static let shortage = Mutex(Shortage())
  /// Threads without work: a training step is too short to start some of its own.
  private static let parked = Mutex<[ParkedThread]>([])

  /// At most `count` threads without work, started where too few are parked.
  static func borrow(_ count: Int) -> [ParkedThread] {
    var helpers = parked.withLock { parked in
      let taken = Array(parked.suffix(count))
      parked.removeLast(taken.count)
      return taken
    }
    while helpers.count < count {
      let helper = ParkedThread()
      let status = helper.start()
      guard status == 0 else {
        reportShortage(of: count + 1, running: helpers.count + 1, systemMessage(status))
        break
      }
      helpers.append(helper)
    }
    return helpers
  }

  static func park(_ helpers: [ParkedThread]) { parked.withLock { $0 += helpers } }

  private static func reportShortage(of wanted: Int, running: Int, _ reason: String) {
    let report = shortage.withLock { shortage in
      defer { shortage.isReported = true }
      return shortage.isReported ? nil : shortage.report
    }
    report?(wanted, running, reason)
  }
}
