import MISTFormats
import MISTLimits

/// Bytes per second between memory and the processors, in order, every thread on a block of its own that no cache holds.
package struct MemoryBandwidth: Sendable {
  /// In 10⁹ bytes per second.
  package let read: Double
  /// In 10⁹ bytes per second; every byte counts once, as it is read and written.
  package let copy: Double

  /// Of a thread; half of it is copied to the other half.
  static let block = 64 << 20

  /// Passes over the blocks are taken in turns, and the medians kept. Throws `memory.insufficient`.
  package init(threads: Int, rounds: Int = 5) throws {
    try MachineMemory.require(
      MachineMemory.product([threads, Self.block]), for: "measuring the memory's speed",
      advice: "use fewer --threads")
    let blocks = (0..<threads).map { _ in AlignedFloats(count: Self.block / MemoryLayout<Float>.stride) }
    let half = Self.block / 2
    var (reads, copies): ([Double], [Double]) = ([], [])
    for _ in 0..<rounds {
      reads.append(
        try Self.rate(blocks, Self.block) { block in
          _ = mist_limit_read(
            UnsafeRawPointer(block.pointer).assumingMemoryBound(to: UInt64.self), Self.block / 8)
        })
      copies.append(
        try Self.rate(blocks, half) { block in
          let first = UnsafeMutableRawPointer(block.pointer)
          (first + half).copyMemory(from: first, byteCount: half)
        })
    }
    read = reads.median
    copy = copies.median
  }

  private static func rate(
    _ blocks: [AlignedFloats], _ bytes: Int, _ body: @Sendable (AlignedFloats) -> Void
  ) throws -> Double {
    let start = ContinuousClock.now
    try WorkerPool.run(blocks.count) { body(blocks[$0]) }
    return Double(blocks.count * bytes) / (ContinuousClock.now - start).seconds * 1e-9
  }
}

extension [Double] {
  /// The middle one, the upper of two; 0 of none.
  var median: Double { isEmpty ? 0 : sorted()[count / 2] }
  /// Of rates over equal times: that of them together; 0 of none.
  var mean: Double { isEmpty ? 0 : reduce(0, +) / Double(count) }
}
