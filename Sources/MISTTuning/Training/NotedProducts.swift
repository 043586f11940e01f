import MISTEdge
import Synchronization

/// One matrix product of an edge network, without its values.
struct NotedProduct: Hashable, Sendable {
  let transposeA: Bool
  let transposeB: Bool
  let m: Int
  let n: Int
  let k: Int
  let lda: Int
  let ldb: Int
  let ldc: Int
  let accumulates: Bool

  var multiplyAdds: Int { m * n * k }
  /// Floats from the first to the last that it reads or writes.
  var countA: Int { ((transposeA ? k : m) - 1) * lda + (transposeA ? m : k) }
  var countB: Int { ((transposeB ? n : k) - 1) * ldb + (transposeB ? k : n) }
  var countC: Int { (m - 1) * ldc + n }
}

/// Notes a network's products instead of computing them.
enum NotingKernels: EdgeKernels {
  private final class List: Sendable {
    let products = Mutex<[NotedProduct]>([])
  }

  /// Of the calling thread: several networks may be noted at once.
  @TaskLocal private static var list: List?

  static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float,
    a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
    beta: Float, c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    guard m > 0, n > 0, k > 0 else { return }
    list?.products.withLock {
      $0.append(
        NotedProduct(
          transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, lda: lda, ldb: ldb, ldc: ldc,
          accumulates: beta != 0))
    }
  }

  static func softmax(_ x: UnsafeMutablePointer<Float>, rows: Int, width: Int) {}

  /// The products of `body`, in order.
  static func products(_ body: () -> Void) -> [NotedProduct] {
    let noted = List()
    $list.withValue(noted) { body() }
    return noted.products.withLock { $0 }
  }
}
