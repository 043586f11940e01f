import MISTBackbone
import MISTModels

/// What `mist inspect` says of weights that are packed for kernels.
struct PrepackReport: Encodable {
  let file: String
  let precision: Precision
  /// Such as `bf16:64/16/2`: element, columns of a panel, of its unit, and steps that the depth is rounded up to.
  let layouts: [String]
  let products: Int
  let bytes: Int

  init(_ file: PrepackedFile) {
    self.file = file.path
    (precision, layouts) = (file.precision, file.layouts)
    (products, bytes) = (file.productCount, file.byteCount)
  }

  /// Those beside `checkpoint`; nil for none. Throws what opening them throws.
  static func beside(_ checkpoint: CanonicalCheckpoint) throws -> [PrepackReport]? {
    let files = try Prepacking.beside(checkpoint.archive.path)
    return files.isEmpty ? nil : files.map(PrepackReport.init)
  }

  var text: String {
    "\(file): \(precision.rawValue), \(products) products in \(layouts.joined(separator: ", ")), \(Format.bytes(bytes))"
  }
}
