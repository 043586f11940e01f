/// Finds a split's samples in its shards.
struct SampleLocator: Sendable {
  /// Those that hold samples: a shard whose files were all skipped has none to find.
  let shards: [OpenShard]
  /// Number of samples.
  let count: Int
  let resident: ResidentPages
  /// First sample of each shard.
  private let starts: [Int]

  init(_ all: [OpenShard], resident: ResidentPages) {
    self.resident = resident
    shards = all.filter { !$0.indices.isEmpty }
    var starts: [Int] = []
    var count = 0
    for shard in shards {
      starts.append(count)
      count += shard.indices.count
    }
    self.starts = starts
    self.count = count
  }

  /// The shard that holds `sample`, which must be less than `count`, and its place there.
  func locate(_ sample: Int) -> (shard: OpenShard, place: Int) {
    precondition((0..<count).contains(sample), "there is no such sample")
    var (low, high) = (0, starts.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if starts[middle] <= sample { low = middle } else { high = middle - 1 }
    }
    return (shards[low], sample - starts[low])
  }
}
