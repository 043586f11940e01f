import MISTKernels

/// Multi-head attention of a map's queries `[T, C]` to the few keys and values of a reduced map, `[keys, 2C]` together. These are
/// packed once per block; queries then pass in strips whose scores stay in the core's own cache.
struct ReducedAttention: Sendable {
  let width: Int
  let heads: Int
  let keys: Int
  /// Query rows whose scores are formed together, and elements between rows of scores.
  let rows: Int
  let stride: Int

  init(width: Int, heads: Int, keys: Int) {
    self.width = width
    self.heads = heads
    self.keys = keys
    let padded = (keys + 15) / 16 * 16
    // Rows a large power of two apart would compete for the same cache sets.
    stride = padded % 256 == 0 ? padded + 16 : padded
    // A multiple of every register tile's height.
    rows = max(24, Self.scoresInCache / stride / 24 * 24)
  }

  // A sixteenth of a megabyte of scores.
  private static let scoresInCache = 16_384

  private var depth: Int { width / heads }
  private var packedKeys: Int { mist_packed_count(keys, depth) }
  private var packedValues: Int { mist_packed_count(depth, keys) }

  /// Bytes of the packed keys and values, of floats or bfloat16.
  func packedBytes(_ element: ActivationElement) -> Int {
    heads * (element == .bf16 ? head.packedBytes : 4 * (packedKeys + packedValues))
  }
  /// Values of the scores.
  var scratchCount: Int { rows * stride }

  /// Packs `keysAndValues` `[keys, 2C]`, floats or bfloat16, for any number of `run`s.
  func pack(_ keysAndValues: Activations, into packed: UnsafeMutableRawPointer) {
    if keysAndValues.element == .bf16 { return packNarrow(keysAndValues, into: packed) }
    let (keysAndValues, packed) = (keysAndValues.floats, packed.assumingMemoryBound(to: Float.self))
    for head in 0..<heads {
      let from = keysAndValues + head * depth
      let to = packed + head * (packedKeys + packedValues)
      mist_pack(from, keys, depth, 2 * width, 1, to)
      mist_pack(from + width, depth, keys, 1, 2 * width, to + packedKeys)
    }
  }

  /// `out` `[count, C]` = softmax(q·kᵀ / √d)·v for each head's d columns of `queries` `[count, C]`.
  func run(
    _ queries: Activations, count: Int, packed: UnsafeRawPointer, into out: Activations,
    _ scratch: AttentionScratch
  ) {
    if queries.element == .bf16 {
      return runNarrow(queries, count: count, packed: packed, into: out, scratch)
    }
    let (queries, out, scores) = (queries.floats, out.floats, scratch.scores.pointer)
    let packed = packed.assumingMemoryBound(to: Float.self)
    let scale = 1 / Float(depth).squareRoot()
    for head in 0..<heads {
      let keysOfHead = packed + head * (packedKeys + packedValues)
      let valuesOfHead = keysOfHead + packedKeys
      for first in Swift.stride(from: 0, to: count, by: rows) {
        let part = min(rows, count - first)
        let place = first * width + head * depth
        mist_product(queries + place, width, part, depth, keysOfHead, keys, nil, false, scores, stride)
        mist_softmax(scores, part, keys, stride, scale)
        mist_product(scores, stride, part, keys, valuesOfHead, depth, nil, false, out + place, width)
      }
    }
  }
}
