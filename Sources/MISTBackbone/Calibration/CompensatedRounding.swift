import MISTFormats
import MISTKernels

/// Rounds a product's weights to integers one input after another, each so that it makes up for the errors of those before it on the
/// inputs that were seen. With `H` the second moments of these and `H = RᵀR`, the error of a column is ‖R(w − ŵ)‖², and from the last
/// row up each weight has one best value, given those behind it (GPTQ, arXiv 2210.17323; Babai's nearest plane).
struct CompensatedRounding {
  private let depth: Int
  private let threads: Int
  /// Inputs from the weakest to the strongest: the last is rounded first, while all others can still make up for it.
  private let places: [Int]
  private let factor: TriangularFactor

  /// Added to the diagonal of H, relative to its mean: inputs that the images never show stay as they are.
  private static let damping: Float = 0.01
  /// Columns of the product that a thread rounds at a time.
  private static let columns = 32

  /// Throws `backbone.precision` where `moments` are no finite numbers.
  init(_ moments: SecondMoments) throws {
    let (depth, threads) = (moments.depth, moments.threads)
    (self.depth, self.threads) = (depth, threads)
    let sums = moments.sums.pointer
    let diagonal = (0..<depth).map { sums[$0 * depth + $0] }
    let mean = diagonal.reduce(0, +) / Float(depth)
    guard mean.isFinite else {
      throw MISTError(
        .backbonePrecision, "what enters a product on the images to calibrate by is no finite number",
        advice: "leave --calibrate out, or look for the image")
    }
    let damping = max(Self.damping * mean, .leastNormalMagnitude)
    places = diagonal.indices.sorted {
      diagonal[$0] != diagonal[$1] ? diagonal[$0] < diagonal[$1] : $0 < $1
    }
    let sorted = AlignedFloats(count: depth * depth)
    for (row, from) in places.enumerated() {
      for column in row..<depth {
        let (low, high) = (min(from, places[column]), max(from, places[column]))
        sorted.pointer[row * depth + column] = sums[low * depth + high]
      }
      sorted.pointer[row * depth + row] += damping
    }
    factor = try TriangularFactor(sorted, order: depth, least: damping / 2, threads: threads)
  }

  /// `weights` `[columns, depth]` as whole multiples, of at most 127, of their columns' `scales`.
  func round(
    _ weights: UnsafeBufferPointer<Float>, columns: Int, scales: UnsafePointer<Float>
  ) throws -> AlignedFloats {
    nonisolated(unsafe) let scales = scales
    let rounded = AlignedFloats(weights)
    let parts = (columns + Self.columns - 1) / Self.columns
    try WorkerPool.forEach(parts, workers: Array(0..<threads)) { _, part in
      let first = part * Self.columns
      round(rounded.pointer + first * depth, min(Self.columns, columns - first), scales + first)
    }
    return rounded
  }

  private func round(_ weights: UnsafeMutablePointer<Float>, _ columns: Int, _ scales: UnsafePointer<Float>) {
    let block = TriangularFactor.block
    let errors = AlignedFloats(count: columns * depth)
    let behind = AlignedFloats(count: columns * block)
    let rows = factor.values.pointer
    for end in stride(from: depth, to: 0, by: -block) {
      let first = max(0, end - block)
      let width = end - first
      // What the errors behind the block ask of it.
      mist_sgemm(
        false, true, columns, width, depth - end, 1, errors.pointer + end, depth,
        rows + first * depth + end, depth, 0, behind.pointer, block)
      for row in (first..<end).reversed() {
        let own = rows + row * depth
        for column in 0..<columns {
          let error = errors.pointer + column * depth
          var sum = depth == end ? 0 : behind.pointer[column * block + row - first]
          for other in row + 1..<max(end, row + 1) { sum += own[other] * error[other] }
          let place = places[row]
          let (weight, step) = (weights[column * depth + place], scales[column])
          guard step > .leastNormalMagnitude, step.isFinite else { continue }
          let wanted = weight + sum / own[row]
          let rounded = max(-127, min(127, (wanted / step).rounded())) * step
          error[row] = weight - rounded
          weights[column * depth + place] = rounded
        }
      }
    }
  }
}
