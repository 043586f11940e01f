/// The greatest magnitude of every channel that enters a model's products, over some images: what 8-bit products can be prepared
/// by, whose large channels leave the others few steps.
package struct ActivationStatistics: Hashable, Sendable {
  /// `[depth]` each, by the name of the product's weight, such as `blocks.3.mlp.fc1.weight`.
  package private(set) var magnitudes: [String: [Float]] = [:]

  package init() {}

  /// Adds what entered the product of weight `product`: rows of `depth` values, one after another.
  package mutating func add(_ rows: UnsafeBufferPointer<Float>, of product: String, depth: Int) {
    precondition(depth > 0 && rows.count % depth == 0, "rows are whole")
    var greatest = magnitudes[product] ?? [Float](repeating: 0, count: depth)
    precondition(greatest.count == depth, "a product has one depth")
    for start in stride(from: 0, to: rows.count, by: depth) {
      for channel in 0..<depth { greatest[channel] = max(greatest[channel], rows[start + channel].magnitude) }
    }
    magnitudes[product] = greatest
  }
}
