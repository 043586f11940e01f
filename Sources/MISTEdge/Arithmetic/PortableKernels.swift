/// The kernels in plain Swift: the default of a target without a BLAS, and the twin that faster kernels are
/// tested against.
public enum PortableKernels: EdgeKernels {
  /// Rows and columns of C that one pass keeps in registers, and the depth of a packed panel of B (8 KB).
  private static var rows: Int { 4 }
  private static var depth: Int { 256 }

  /// `C = alpha · op(A) · op(B) + beta · C`, row major, see `EdgeKernels`.
  public static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float,
    a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int,
    beta: Float, c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    if beta != 1 {
      for i in 0..<m {
        let row = c + i * ldc
        for j in 0..<n { row[j] = beta == 0 ? 0 : row[j] * beta }
      }
    }
    // op(A)[i, p] = a[i·ai + p·ap], and the same for B.
    let (ai, ap) = transposeA ? (1, lda) : (lda, 1)
    let (bp, bj) = transposeB ? (1, ldb) : (ldb, 1)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: depth * 8) { buffer in
      let panel = buffer.baseAddress!
      var p = 0
      while p < k {
        let steps = min(depth, k - p)
        var j = 0
        while j < n {
          let columns = min(8, n - j)
          pack(b + p * bp + j * bj, rowStride: bp, columnStride: bj, steps, columns, into: panel)
          var i = 0
          while i < m {
            let height = min(rows, m - i)
            if height == rows {
              multiply4(a + i * ai + p * ap, ai, ap, panel, steps, alpha, c + i * ldc + j, ldc, columns)
            } else {
              for extra in i..<m {
                multiply1(a + extra * ai + p * ap, ap, panel, steps, alpha, c + extra * ldc + j, columns)
              }
            }
            i += height
          }
          j += columns
        }
        p += steps
      }
    }
  }

  /// Row by row, see `EdgeKernels`.
  public static func softmax(_ x: UnsafeMutablePointer<Float>, rows: Int, width: Int) {
    for i in 0..<rows { MISTEdge.softmax(x + i * width, width) }
  }

  /// Copies a `[steps, columns]` piece of op(B) to rows of eight, padded with zeros.
  @inline(__always)
  private static func pack(
    _ b: UnsafePointer<Float>, rowStride: Int, columnStride: Int, _ steps: Int, _ columns: Int,
    into panel: UnsafeMutablePointer<Float>
  ) {
    if columns == 8 && columnStride == 1 {
      for p in 0..<steps { store(lanes(b, p &* rowStride), panel, p &* 8) }
      return
    }
    for p in 0..<steps {
      for j in 0..<8 {
        panel[p &* 8 &+ j] = j < columns ? b[p &* rowStride &+ j &* columnStride] : 0
      }
    }
  }

  // Inlined five times, its slow branch would crowd the registers of the loops around it.
  @inline(never)
  private static func add(_ v: Lanes, to c: UnsafeMutablePointer<Float>, _ columns: Int) {
    if columns == 8 {
      store(lanes(c, 0) + v, c, 0)
    } else {
      for j in 0..<columns { c[j] += v[j] }
    }
  }

  /// Four rows of C.
  @inline(__always)
  private static func multiply4(
    _ a: UnsafePointer<Float>, _ ai: Int, _ ap: Int, _ panel: UnsafePointer<Float>, _ steps: Int,
    _ alpha: Float,
    _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ columns: Int
  ) {
    var s0 = Lanes(repeating: 0)
    var s1 = s0
    var s2 = s0
    var s3 = s0
    var a = a
    for p in 0..<steps {
      let b = lanes(panel, p &* 8)
      s0 += b * a[0]
      s1 += b * a[ai]
      s2 += b * a[2 &* ai]
      s3 += b * a[3 &* ai]
      a += ap
    }
    add(s0 * alpha, to: c, columns)
    add(s1 * alpha, to: c + ldc, columns)
    add(s2 * alpha, to: c + 2 * ldc, columns)
    add(s3 * alpha, to: c + 3 * ldc, columns)
  }

  @inline(__always)
  private static func multiply1(
    _ a: UnsafePointer<Float>, _ ap: Int, _ panel: UnsafePointer<Float>, _ steps: Int, _ alpha: Float,
    _ c: UnsafeMutablePointer<Float>, _ columns: Int
  ) {
    var s = Lanes(repeating: 0)
    for p in 0..<steps { s += lanes(panel, p &* 8) * a[p &* ap] }
    add(s * alpha, to: c, columns)
  }
}
