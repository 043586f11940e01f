import Synchronization
import Testing

@testable import MISTFormats

struct LaterTests {
  @Test("it is computed once, whoever asks how often")
  func once() throws {
    let runs = Atomic(0)
    let later = Later {
      runs.add(1, ordering: .relaxed)
      return 7
    }
    try WorkerPool.run(4) { _ in #expect(try later.value() == 7) }
    #expect(try later.value() == 7 && runs.load(ordering: .relaxed) == 1)
  }

  @Test("its error is everybody's")
  func failure() {
    struct Stop: Error {}
    let later = Later<Int> { throw Stop() }
    for _ in 0..<2 { #expect(throws: Stop.self) { try later.value() } }
  }

  @Test("map keeps the order, and throws the first error")
  func map() throws {
    struct Stop: Error {}
    #expect(try WorkerPool.map(100) { $0 * $0 } == (0..<100).map { $0 * $0 })
    #expect(try WorkerPool.map(0) { $0 } == [])
    #expect(throws: Stop.self) { try WorkerPool.map(9) { if $0 == 5 { throw Stop() } } }
  }
}
