import MISTEdge
import MISTFormats
import MISTTuning

/// A bundle's weights as tensors under the names that the head's file has, decoded: matrices of an f16 bundle are F16, all else is
/// F32. What inspecting and comparing sees of a bundle.
package struct BundleArchive: TensorArchive {
  package let path: String
  package let format = "mistedge"
  package let metadata: [String: String] = [:]
  /// In the order of the head's layout.
  package let tensors: [TensorInfo]

  /// In the layout's order.
  private let parameters: [Float]
  private let ranges: [String: Range<Int>]

  /// Decodes the weights of `bundle`, which was opened from `path`.
  package init(_ bundle: EdgeBundle, path: String) {
    self.path = path
    let weights = bundle.weights
    parameters = weights.withParameters { Array(UnsafeBufferPointer(start: $0, count: weights.count)) }
    let table = weights.table
    let stored = table.parameters.map { (name: table.fileName(of: $0, in: bundle.network), $0) }
    tensors = stored.map { name, parameter in
      let isHalf = weights.type == .f16 && parameter.isMatrix
      return TensorInfo(name: name, dtype: isHalf ? .f16 : .f32, shape: parameter.shape)
    }
    ranges = Dictionary(stored.map { ($0.name, $0.1.range) }, uniquingKeysWith: { first, _ in first })
  }

  package func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let range = ranges[name], let info = info(name) else {
      throw MISTError(
        .tensorNotFound, file: path, at: name, "the bundle's head has no parameter of that name")
    }
    return try parameters.withUnsafeBufferPointer { all in
      let values = UnsafeBufferPointer(rebasing: all[range])
      guard info.dtype == .f16 else { return try body(UnsafeRawBufferPointer(values)) }
      // Exact: they were halves.
      var halves = [UInt8](repeating: 0, count: info.byteCount)
      try halves.withUnsafeMutableBytes { try FloatConversion.fromFloats(values, to: .f16, into: $0) }
      return try halves.withUnsafeBytes(body)
    }
  }
}
