import MISTFormats

/// The tensors of a file of packed weights.
enum PrepackContent {
  static let panels = ".panels"
  static let scales = ".scales"
  static let sums = ".sums"

  /// Those of a product. Throws `prepack.bad-metadata` for sizes that nothing has.
  static func tensors(
    _ name: String, _ columns: Int, _ depth: Int, _ layout: PackedLayout
  ) throws -> [TensorInfo] {
    guard let bytes = layout.bytes(columns: columns, depth: depth) else {
      throw PrepackMetadata.bad("mist.products", "has a product of \(columns) × \(depth)")
    }
    let packed = TensorInfo(name: name + panels, dtype: .u8, shape: [bytes])
    guard layout.element == .int8 else { return [packed] }
    return [packed] + [scales, sums].map { TensorInfo(name: name + $0, dtype: .f32, shape: [columns]) }
  }

  /// SHA-256 over every tensor in the order of the file: name, line feed, bytes. Reads all of it, whose pages stay: they are in use.
  static func hash(_ archive: SafetensorsArchive) throws -> String {
    var hash = ContentHash()
    for tensor in archive.tensors {
      hash.update(tensor.name + "\n")
      try archive.withBytes(of: tensor.name) { hash.update($0) }
    }
    return hash.finalize()
  }
}
