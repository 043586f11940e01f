/// The integer kernels in plain Swift: rows as they lie, one after another.
extension EdgeKernels {
  /// A byte each.
  public static func integerBytes(_ count: Int, depth: Int) -> Int { count * depth }

  /// To the nearest, and halves away from zero.
  public static func packIntegers(_ weights: UnsafePointer<Float>, into rows: IntegerRows) {
    let packed = rows.packed.assumingMemoryBound(to: Int8.self)
    for row in 0..<rows.count {
      let (source, target) = (weights + row * rows.depth, packed + row * rows.depth)
      // `notFinite` is 0 or NaN.
      var (greatest, notFinite) = (Float(0), Float(0))
      for i in 0..<rows.depth {
        greatest = max(greatest, source[i].magnitude)
        notFinite += 0 * source[i]
      }
      let scale = greatest / 127 + notFinite
      let inverse = scale.isNormal ? 1 / scale : 0
      var total = 0
      for i in 0..<rows.depth {
        let step = inverse == 0 ? 0 : source[i] * inverse
        target[i] = Int8(truncatingIfNeeded: Int(step + (step < 0 ? -0.5 : 0.5)))
        total += Int(target[i])
      }
      rows.scales[row] = scale
      rows.sums[row] = scale * Float(total)
    }
  }

  /// Element by element.
  public static func integerProduct(
    _ codes: UnsafePointer<UInt8>, steps: UnsafePointer<Float>, m: Int, rows: IntegerRows,
    into c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    let packed = UnsafePointer(rows.packed.assumingMemoryBound(to: Int8.self))
    for i in 0..<m {
      let token = codes + i * rows.depth
      for row in 0..<rows.count {
        let weights = packed + row * rows.depth
        var total: Int32 = 0
        for x in 0..<rows.depth { total &+= Int32(token[x]) &* Int32(weights[x]) }
        c[i * ldc + row] = Float(total) * steps[2 * i] * rows.scales[row] + steps[2 * i + 1] * rows.sums[row]
      }
    }
  }

  /// To the nearest, and halves up.
  public static func roundRows(
    _ x: UnsafePointer<Float>, rows: Int, width: Int, into codes: UnsafeMutablePointer<UInt8>,
    steps: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      let source = x + row * width
      var (least, greatest, notFinite) = (source[0], source[0], Float(0))
      for i in 0..<width {
        (least, greatest) = (min(least, source[i]), max(greatest, source[i]))
        notFinite += 0 * source[i]
      }
      let step = (greatest - least) / 255 + notFinite
      steps[2 * row] = step
      steps[2 * row + 1] = least
      for i in 0..<width {
        codes[row * width + i] =
          step.isNormal ? UInt8(truncatingIfNeeded: Int((source[i] - least) / step + 0.5)) : 0
      }
    }
  }

  /// Element by element.
  public static func expandIntegers(
    _ codes: UnsafePointer<UInt8>, steps: UnsafePointer<Float>, rows: Int, width: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      let (step, lowest) = (steps[2 * row], steps[2 * row + 1])
      for i in row * width..<(row + 1) * width { out[i] = lowest + step * Float(codes[i]) }
    }
  }

  /// Element by element.
  public static func takeCodes(
    _ codes: UnsafePointer<Int8>, count: Int, into out: UnsafeMutablePointer<UInt8>
  ) -> IntegerMoments {
    var moments = IntegerMoments(sum: 0, squares: 0)
    for i in 0..<count {
      out[i] = UInt8(bitPattern: codes[i]) ^ 0x80
      moments.sum += UInt64(out[i])
      moments.squares += UInt64(out[i]) * UInt64(out[i])
    }
    return moments
  }
}
