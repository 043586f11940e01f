/// Bilinear resizing of a map `[h, w, channels]` to `[H, W, channels]`, half-pixel centres, the border repeated, no
/// antialiasing: PyTorch's `interpolate(mode="bilinear", align_corners=False)`, up or down. Row by row, so that a caller needs
/// no more than the rows it looks at.
public struct MapResize: Sendable {
  /// Size of the grid that is read, and of the one that is made.
  public let height: Int
  public let width: Int
  public let outputHeight: Int
  public let outputWidth: Int
  private let rows: [Tap]
  private let columns: [Tap]

  /// A place on the output lies between two on the input; `weight` is the second's.
  private struct Tap {
    let low: Int32
    let high: Int32
    let weight: Float
  }

  /// Sizes are at least 1.
  public init(height: Int, width: Int, outputHeight: Int, outputWidth: Int) {
    self.height = height
    self.width = width
    self.outputHeight = outputHeight
    self.outputWidth = outputWidth
    rows = MapResize.taps(height, outputHeight)
    columns = MapResize.taps(width, outputWidth)
  }

  private static func taps(_ size: Int, _ outputSize: Int) -> [Tap] {
    let ratio = Float(size) / Float(outputSize)
    return (0..<outputSize).map { i in
      let place = max(0, ratio * (Float(i) + 0.5) - 0.5)
      let low = min(Int(place), size - 1)
      return Tap(low: Int32(low), high: Int32(min(low + 1, size - 1)), weight: place - Float(low))
    }
  }

  /// Whether input and output have the same size, and so are the same.
  public var isIdentity: Bool { height == outputHeight && width == outputWidth }

  /// `out[j, :] += map resized [i, j, :]` for one output row i. `out` is `[W, channels]`; `between`, `[w, channels]`, is
  /// overwritten.
  public func addRow(
    _ i: Int, of map: UnsafePointer<Float>, channels: Int, between: UnsafeMutablePointer<Float>,
    to out: UnsafeMutablePointer<Float>
  ) {
    let count = width * channels
    if isIdentity { return axpy(1, map + i * count, out, count) }
    let tap = rows[i]
    lerp(map + Int(tap.low) * count, map + Int(tap.high) * count, tap.weight, into: between, count)
    columns.withUnsafeBufferPointer { columns in
      for j in 0..<outputWidth {
        let tap = columns[j]
        addLerp(
          between + Int(tap.low) * channels, between + Int(tap.high) * channels, tap.weight,
          to: out + j * channels, channels)
      }
    }
  }

  /// The transpose: `dMap += ` the gradient of output row i, `d` `[W, channels]`.
  public func addRowGradient(
    _ i: Int, _ d: UnsafePointer<Float>, channels: Int, between: UnsafeMutablePointer<Float>,
    to dMap: UnsafeMutablePointer<Float>
  ) {
    let count = width * channels
    if isIdentity { return axpy(1, d, dMap + i * count, count) }
    between.update(repeating: 0, count: count)
    columns.withUnsafeBufferPointer { columns in
      for j in 0..<outputWidth {
        let tap = columns[j]
        let row = d + j * channels
        axpy(1 - tap.weight, row, between + Int(tap.low) * channels, channels)
        axpy(tap.weight, row, between + Int(tap.high) * channels, channels)
      }
    }
    let tap = rows[i]
    axpy(1 - tap.weight, between, dMap + Int(tap.low) * count, count)
    axpy(tap.weight, between, dMap + Int(tap.high) * count, count)
  }

  /// Resizes a whole map `[height, width, channels]` to `[outputHeight, outputWidth, channels]`.
  public static func bilinear(
    _ map: UnsafePointer<Float>, height: Int, width: Int, channels: Int, to out: UnsafeMutablePointer<Float>,
    outputHeight: Int, outputWidth: Int
  ) {
    let resize = MapResize(
      height: height, width: width, outputHeight: outputHeight, outputWidth: outputWidth)
    let between = FloatBuffer(width * channels)
    let count = outputWidth * channels
    out.update(repeating: 0, count: outputHeight * count)
    for i in 0..<outputHeight {
      resize.addRow(i, of: map, channels: channels, between: between.pointer, to: out + i * count)
    }
  }
}
