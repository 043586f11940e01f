import Dispatch
import Foundation
import Synchronization
import Testing

@testable import MISTFormats

struct WorkerPoolTests {
  @Test("as many threads run at a time as were asked for, whatever the number of processors")
  func concurrency() throws {
    let count = ProcessInfo.processInfo.activeProcessorCount + 3
    let here = Mutex(0)
    let all = DispatchSemaphore(value: 0)
    // Nobody leaves before everybody is here.
    try WorkerPool.run(count) { _ in
      if here.withLock({
        $0 += 1
        return $0 == count
      }) {
        for _ in 0..<count { all.signal() }
      }
      try #require(all.wait(timeout: .now() + 60) == .success)
    }
    #expect(here.withLock { $0 } == count)
  }

  @Test("every number is run once, also by runs inside runs")
  func nested() throws {
    let sum = Atomic(0)
    try WorkerPool.run(5) { outer in
      try WorkerPool.run(7) { inner in sum.add(outer * 7 + inner, ordering: .relaxed) }
    }
    #expect(sum.load(ordering: .relaxed) == (0..<35).reduce(0, +))
  }

  @Test("the first error ends forEach, and the pool goes on to serve")
  func failure() throws {
    struct Stop: Error {}
    for _ in 0..<20 {
      let done = Atomic(0)
      #expect(throws: Stop.self) {
        try WorkerPool.forEach(1000, workers: [1, 2, 3]) { _, index in
          if index == 10 { throw Stop() }
          done.add(1, ordering: .relaxed)
        }
      }
      #expect(done.load(ordering: .relaxed) < 1000)
    }
  }

  @Test("map takes as many threads as were asked for")
  func threads() throws {
    let before = WorkerPool.threads
    defer { WorkerPool.threads = before }
    WorkerPool.threads = 1
    let own = pthread_self()
    #expect(
      try WorkerPool.map(50) { _ in pthread_equal(pthread_self(), own) != 0 }
        == Array(repeating: true, count: 50))
    WorkerPool.threads = 0
    #expect(WorkerPool.threads == 1)
  }
}
