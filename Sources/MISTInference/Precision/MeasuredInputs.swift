import MISTEdge
import MISTFormats
import MISTVision

/// Inputs `[3, H, W]` of a model, to measure precisions on. They are made anew whenever they are asked for.
package struct MeasuredInputs: Sendable {
  package let count: Int
  /// Nil for one that cannot be read, or of another size than the model's input.
  let pixels: @Sendable (Int) throws -> [Float]?

  package init(count: Int, pixels: @escaping @Sendable (Int) throws -> [Float]?) {
    self.count = count
    self.pixels = pixels
  }

  /// Of `total` JPEG or PNG files as many as are measured on, spread evenly; `bytes` reads one. Files that cannot be read are left
  /// to whoever needs them, who says what is wrong.
  package init(
    of total: Int, _ preprocessor: Preprocessor, _ size: MapSize,
    bytes: @escaping @Sendable (Int) throws -> [UInt8]
  ) {
    let count = min(total, PrecisionMeasurement.largestImageCount)
    self.init(count: count) { number in
      do {
        let image = try preprocessor.decode(bytes: bytes((2 * number + 1) * total / (2 * count))).image
        guard preprocessor.outputSize(of: image) == size else { return nil }
        return try preprocessor.apply(image).values
      } catch let error as MISTError where error.code.exit == .badData || error.code.exit == .noInput {
        return nil
      }
    }
  }
}

/// Image files, one read at a time.
package struct ExampleImages: Sendable {
  let count: Int
  let bytes: @Sendable (Int) throws -> [UInt8]

  /// `bytes` reads the file of a number below `count`.
  package init(count: Int, bytes: @escaping @Sendable (Int) throws -> [UInt8]) {
    self.count = count
    self.bytes = bytes
  }

  /// The first, if there is one. Throws what reading it throws.
  func first() throws -> [UInt8]? { count > 0 ? try bytes(0) : nil }

  /// Those of them that are measured on.
  package func inputs(_ preprocessor: Preprocessor, _ size: MapSize) -> MeasuredInputs {
    MeasuredInputs(of: count, preprocessor, size, bytes: bytes)
  }
}
