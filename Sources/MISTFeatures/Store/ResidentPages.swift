import MISTFormats
import Synchronization

/// Bounds how much of a store's mapped shards stays in the process's resident memory: reads are noted, and when they come
/// to more than a budget, all pages are released. A store that fits the budget is mapped in once; of a larger one, the
/// system's cache alone decides how much is kept.
final class ResidentPages: Sendable {
  /// Bytes that may be resident.
  private let budget: Int
  /// What the system maps at the first touch of a page: Linux's `fault_around_bytes`.
  private static let around = 64 << 10

  private struct Read: Hashable {
    let shard: String
    let tensor: String
    let sample: Int
    let isWhole: Bool
  }

  private struct State {
    var reads: Set<Read> = []
    var bytes = 0
    var shards: [String: SafetensorsArchive] = [:]
  }
  private let state = Mutex(State())

  /// The budget is so large that mapping pages again costs little beside training on them.
  init(budget: Int = 64 << 20) { self.budget = budget }

  /// Notes that sample `sample` of `tensor` in `shard`, `size` bytes, was read: all of it, or `rows` rows.
  func note(_ shard: SafetensorsArchive, _ tensor: String, sample: Int, size: Int, rows: Int?) {
    let read = Read(shard: shard.path, tensor: tensor, sample: sample, isWhole: rows == nil)
    state.withLock { state in
      guard state.reads.insert(read).inserted else { return }
      state.bytes += rows.map { min(size, $0 * Self.around) } ?? size
      state.shards[shard.path] = shard
      guard state.bytes > budget else { return }
      for shard in state.shards.values { shard.releaseAll() }
      state = State()
    }
  }
}
