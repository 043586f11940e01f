import Synchronization

/// Collects the packed weights of a model's products while they are prepared, by any number of threads.
final class PrepackRecorder: Sendable {
  private let found = Mutex<[String: PackedWeights]>([:])

  func add(_ name: String, _ product: any LinearProduct) {
    guard let packed = product.packed else { return }
    found.withLock { $0[name] = packed }
  }

  /// By name, in the order of names.
  var weights: [(name: String, weights: PackedWeights)] {
    found.withLock { $0.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
  }
}
