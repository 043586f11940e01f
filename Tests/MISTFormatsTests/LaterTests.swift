import Synchronization
import Testing

@testable import MISTFormats

struct LaterTests {
  @Test("it is computed once, whoever asks how often")
  func once() throws {
    let runs = Mutex(0)
    let later = Later {
      runs.withLock { $0 += 1 }
      return 7
    }
    try WorkerPool.run(4) { _ in
      let value = try later.value()
      #expect(value == 7)
    }
    let value = try later.value()
    #expect(value == 7)
    #expect(runs.withLock { $0 } == 1)
  }

  @Test("its error is everybody's")
  func failure() {
    struct Stop: Error {}
    let later = Later<Int> { throw Stop() }
    for _ in 0..<2 { #expect(throws: Stop.self) { _ = try later.value() } }
  }

  @Test("map keeps the order, and throws the first error")
  func map() throws {
    struct Stop: Error {}
    let squares = try WorkerPool.map(100) { $0 * $0 }
    #expect(squares == (0..<100).map { $0 * $0 })
    let nothing = try WorkerPool.map(0) { $0 }
    #expect(nothing.isEmpty)
    #expect(throws: Stop.self) {
      _ = try WorkerPool.map(9) { number -> Int in if number == 5 { throw Stop() } else { number } }
    }
  }
}
