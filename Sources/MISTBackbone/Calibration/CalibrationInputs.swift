import MISTFormats

/// Inputs of a model by which its products in int8 are prepared.
package struct CalibrationInputs: Sendable {
  package let count: Int
  /// `[3, H, W]`.
  package let pixels: @Sendable (_ number: Int) throws -> [Float]
  /// Threads that prepare by them; what comes out does not depend on their number.
  let threads = WorkerPool.threads

  /// `pixels` gives the input `[3, H, W]` of a number below `count`, and may throw.
  package init(count: Int, pixels: @escaping @Sendable (_ number: Int) throws -> [Float]) {
    self.count = count
    self.pixels = pixels
  }
}
