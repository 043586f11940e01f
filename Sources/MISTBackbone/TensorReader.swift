import MISTModels

/// A model's tensors as f32, by canonical name, checked against a shape; for any number of threads at a time.
struct TensorReader: Sendable {
  typealias Values = (UnsafeBufferPointer<Float>) throws -> Void
  private let borrow: @Sendable (_ name: String, _ shape: [Int], _ body: Values) throws -> Void

  /// `read`: a tensor's values.
  init(_ read: @escaping @Sendable (_ name: String, _ shape: [Int]) throws -> [Float]) {
    borrow = { name, shape, body in try read(name, shape).withUnsafeBufferPointer(body) }
  }

  /// Large tensors are not copied where the file holds floats.
  init(_ checkpoint: CanonicalCheckpoint) {
    borrow = { name, shape, body in try checkpoint.withFloats(name, shape: shape, body) }
  }

  /// A tensor's values, for keeping.
  func callAsFunction(_ name: String, _ shape: [Int]) throws -> [Float] {
    var values: [Float] = []
    try borrow(name, shape) { values = Array($0) }
    return values
  }

  /// Calls `body` with a tensor's values, which are valid during the call only.
  func with<R>(_ name: String, _ shape: [Int], _ body: (UnsafeBufferPointer<Float>) throws -> R) throws -> R {
    var result: R?
    try borrow(name, shape) { result = try body($0) }
    guard let result else { preconditionFailure("a tensor is handed over or its error is thrown") }
    return result
  }
}
