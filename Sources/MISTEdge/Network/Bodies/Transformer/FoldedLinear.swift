/// A linear layer `[rows, columns]` with a bias, into which the LayerNorm before it and the scale behind it are folded: what a pass
/// multiplies is `W' = diag(s) W diag(g)` and `b' = s ⊙ (b + W β)`, of a standardised input.
///
/// Folded parameters, and the gradients with respect to them, lie where the parameters do; places count from `base`.
struct FoldedLinear<K: EdgeKernels> {
  let rows: Int
  let columns: Int
  let weight: Int
  let bias: Int
  /// Gain and bias `[columns]` of the norm before it.
  let norm: (gain: Int, bias: Int)?
  /// `[rows]`
  let scale: Int?

  /// The layer whose parameters are `weight` and `bias`.
  init(
    _ table: ParameterTable, _ weight: ParameterName, _ bias: ParameterName,
    norm: (gain: ParameterName, bias: ParameterName)? = nil, scale: ParameterName? = nil,
    stream: Int? = nil, block: Int? = nil, base: Int
  ) {
    func place(_ name: ParameterName) -> Range<Int> { table.range(name, stream: stream, block: block) }
    let weights = place(weight)
    rows = place(bias).count
    columns = rows > 0 ? weights.count / rows : 0
    self.weight = weights.lowerBound - base
    self.bias = place(bias).lowerBound - base
    self.norm = norm.map { (place($0.gain).lowerBound - base, place($0.bias).lowerBound - base) }
    self.scale = scale.map(place).flatMap { $0.isEmpty ? nil : $0.lowerBound - base }
  }

  /// Folds `p` into `folded`.
  func fold(_ p: UnsafePointer<Float>, into folded: UnsafeMutablePointer<Float>) {
    for i in 0..<rows {
      let source = p + weight + i * columns
      let row = folded + weight + i * columns
      var constant = p[bias + i]
      if let norm {
        let gain = p + norm.gain
        for x in 0..<columns { row[x] = source[x] * gain[x] }
        constant += dot(source, p + norm.bias, columns)
      } else {
        row.update(from: source, count: columns)
      }
      if let scale {
        MISTEdge.scale(row, by: p[scale + i], columns)
        constant *= p[scale + i]
      }
      folded[bias + i] = constant
    }
  }

  /// Turns the gradients `g` with respect to folded parameters into those of the parameters `p`, in place.
  func unfold(_ g: UnsafeMutablePointer<Float>, parameters p: UnsafePointer<Float>) {
    if let norm {
      (g + norm.gain).update(repeating: 0, count: columns)
      (g + norm.bias).update(repeating: 0, count: columns)
    }
    for i in 0..<rows {
      let row = g + weight + i * columns
      let source = p + weight + i * columns
      if let scale {
        // Behind a norm there is no scale.
        g[scale + i] = dot(row, source, columns) + g[bias + i] * p[bias + i]
        MISTEdge.scale(row, by: p[scale + i], columns)
        g[bias + i] *= p[scale + i]
      }
      guard let norm else { continue }
      let (gain, beta, constant) = (p + norm.gain, p + norm.bias, g[bias + i])
      addProduct(row, source, g + norm.gain, columns)
      axpy(constant, source, g + norm.bias, columns)
      for x in 0..<columns { row[x] = row[x] * gain[x] + constant * beta[x] }
    }
  }

  /// `out ← x W'ᵀ + b'`, or that added to it, for `n` rows of `x`.
  func forward(
    _ n: Int, _ x: UnsafePointer<Float>, _ f: UnsafePointer<Float>, adding: Bool = false,
    into out: UnsafeMutablePointer<Float>
  ) {
    if n == 1 {
      // A product that packs its matrix would take most of its time for that.
      for i in 0..<rows {
        out[i] = (adding ? out[i] : 0) + f[bias + i] + dot(f + weight + i * columns, x, columns)
      }
      return
    }
    for i in 0..<n {
      let row = out + i * rows
      if adding { axpy(1, f + bias, row, rows) } else { row.update(from: f + bias, count: rows) }
    }
    K.gemm(
      transposeA: false, transposeB: true, m: n, n: rows, k: columns, alpha: 1, a: x, lda: columns,
      b: f + weight, ldb: columns, beta: 1, c: out, ldc: rows)
  }

  /// Adds to the gradients at `g`, given `factor` times dL/dout `d` of `n` rows, and sets `dx`, where it is wanted, to dL/dx.
  func backward(
    _ n: Int, _ d: UnsafePointer<Float>, factor: Float = 1, input x: UnsafePointer<Float>,
    _ f: UnsafePointer<Float>, _ g: UnsafeMutablePointer<Float>, into dx: UnsafeMutablePointer<Float>?
  ) {
    for i in 0..<n { axpy(factor, d + i * rows, g + bias, rows) }
    if n == 1 {
      dx?.update(repeating: 0, count: columns)
      for i in 0..<rows {
        axpy(factor * d[i], x, g + weight + i * columns, columns)
        if let dx { axpy(factor * d[i], f + weight + i * columns, dx, columns) }
      }
      return
    }
    K.gemm(
      transposeA: true, transposeB: false, m: rows, n: columns, k: n, alpha: factor, a: d, lda: rows,
      b: x, ldb: columns, beta: 1, c: g + weight, ldc: columns)
    guard let dx else { return }
    K.gemm(
      transposeA: false, transposeB: false, m: n, n: columns, k: rows, alpha: factor, a: d, lda: rows,
      b: f + weight, ldb: columns, beta: 0, c: dx, ldc: columns)
  }
}
