import MISTModels
import Synchronization

/// Tables by size, shared by threads: a folder of images has few sizes.
final class ResamplingTables: Sendable {
  private struct Key: Hashable {
    let input: Int
    let output: Int
    let window: Range<Int>
    let interpolation: Preprocessing.Interpolation
  }

  /// Beyond this number the tables kept so far are dropped, so that odd folders cost time, not memory.
  private static let capacity = 128

  private let tables = Mutex<[Key: ResamplingTable]>([:])

  func table(
    input: Int, output: Int, window: Range<Int>, interpolation: Preprocessing.Interpolation
  ) -> ResamplingTable {
    let key = Key(input: input, output: output, window: window, interpolation: interpolation)
    if let table = tables.withLock({ $0[key] }) { return table }
    let table = ResamplingTable(input: input, output: output, window: window, interpolation: interpolation)
    tables.withLock {
      if $0.count >= Self.capacity { $0.removeAll() }
      $0[key] = table
    }
    return table
  }
}
