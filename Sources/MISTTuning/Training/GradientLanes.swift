import MISTEdge
import MISTFormats

/// Where the gradients of a fixed share of every batch are summed, whichever thread does it.
final class GradientLane: @unchecked Sendable {
  let gradient: NetworkGradient
  var loss = 0.0
  var correct = 0

  init(_ shape: NetworkShape) { gradient = NetworkGradient(shape) }

  func clear() {
    gradient.clear()
    loss = 0
    correct = 0
  }
}

extension NetworkShape {
  /// Sums of gradients that a batch is dealt to: few where each is large. Nothing else decides it, so that results depend on nothing
  /// else.
  package var gradientLanes: Int { sumsParameters ? 2 : 4 }
}

extension [GradientLane] {
  /// Adds all gradients into the first, pairwise in a tree that depends on nothing but the number of lanes: with four,
  /// `(a + b) + (c + d)`.
  func reduce(threads: Int) throws {
    nonisolated(unsafe) let lanes = map(\.gradient.buffer.pointer)
    let count = self[0].gradient.buffer.count
    let chunk = (count + threads - 1) / threads
    try WorkerPool.run(threads) { thread in
      let range = Swift.min(thread * chunk, count)..<Swift.min((thread + 1) * chunk, count)
      var distance = 1
      while distance < lanes.count {
        for lane in stride(from: 0, to: lanes.count - distance, by: 2 * distance) {
          let (sum, other) = (lanes[lane], lanes[lane + distance])
          for i in range { sum[i] += other[i] }
        }
        distance *= 2
      }
    }
  }
}
