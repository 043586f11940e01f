/// Where the gradients of a fixed share of every batch are summed, whichever thread does it.
package final class GradientLane: @unchecked Sendable {
  package let gradient: NetworkGradient
  /// Of the samples summed so far, and how many of their predictions were right.
  package var loss = 0.0
  package var correct = 0

  /// Sums of 0.
  package init(_ shape: NetworkShape) { gradient = NetworkGradient(shape) }

  package func clear() {
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
  /// `(a + b) + (c + d)`. The range is cut into `shares`, which `parts` may add at a time.
  package func reduce(shares: Int, parts: Parts) {
    nonisolated(unsafe) let lanes = map { $0.gradient.buffer.pointer }
    let count = self[0].gradient.buffer.count
    let chunk = (count + shares - 1) / shares
    parts(shares) { thread in
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
