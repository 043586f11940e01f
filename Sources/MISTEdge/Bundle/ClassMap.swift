/// A map of classes from a head's logits on its output grid: resized bilinearly as `MapResize` does, and the first of the
/// largest taken, one row after another, so that no more than a row of resized logits is held besides the grid.
public struct ClassMap {
  /// Stands for "ignored" in a mask.
  public static let ignored: UInt8 = 255

  /// Number of classes of the grid's scores.
  public let classes: Int
  private let resize: MapResize
  private let between: FloatBuffer
  private let logits: FloatBuffer

  /// Height and width of the map in pixels.
  public var height: Int { resize.outputHeight }
  public var width: Int { resize.outputWidth }

  /// A map of `height` × `width` from a grid of `gridHeight` × `gridWidth` × `classes`; at most 256 classes.
  public init(gridHeight: Int, gridWidth: Int, classes: Int, height: Int, width: Int) {
    resize = MapResize(height: gridHeight, width: gridWidth, outputHeight: height, outputWidth: width)
    self.classes = classes
    between = FloatBuffer(gridWidth * classes)
    logits = FloatBuffer(width * classes)
  }

  /// Writes the classes of row `y` `[width]` for the logits `[H'·W', K]` of the grid.
  public func row(_ y: Int, of grid: UnsafePointer<Float>, into out: UnsafeMutablePointer<UInt8>) {
    logits.clear()
    resize.addRow(y, of: grid, channels: classes, between: between.pointer, to: logits.pointer)
    for x in 0..<width {
      let position = logits.pointer + x * classes
      var best = 0
      for i in 0..<classes where position[i] > position[best] { best = i }
      out[x] = UInt8(truncatingIfNeeded: best)
    }
  }
}
