import MISTFormats
import MISTModels

/// A mapped file of a model's weights, packed for kernels and used in place (`Formats/prepacked-weights.md`).
package final class PrepackedFile: Sendable {
  package let path: String
  package let precision: Precision
  private let archive: SafetensorsArchive
  private let metadata: PrepackMetadata
  private let products: [String: PrepackMetadata.Product]
  /// Whether the bytes are those that were written; whether the model is theirs.
  private let content: Later<String>?
  private let hash: Later<String>?

  /// Whether metadata claims to be such a file's.
  package static func claims(_ metadata: [String: String]) -> Bool {
    metadata["mist.format"] == PrepackMetadata.format
  }

  /// Opens the file at `path` and checks its header. With the model that it should be of, a thread of its own reads its bytes from then
  /// on, and another the model: nothing that was computed with them counts before `confirm`.
  /// Throws the errors of safetensors, and a `prepack.` code for each rule of the format.
  package convenience init(path: String, of checkpoint: CanonicalCheckpoint?) throws {
    try self.init(SafetensorsArchive(path: path), path: path, of: checkpoint)
  }

  /// Likewise of what was opened already.
  package init(_ archive: SafetensorsArchive, path: String, of checkpoint: CanonicalCheckpoint?) throws {
    self.path = path
    do {
      metadata = try PrepackMetadata(archive.metadata)
      try Self.check(archive, metadata)
    } catch let error as MISTError {
      throw error.inFile(path)
    }
    self.archive = archive
    precision = metadata.precision
    products = Dictionary(uniqueKeysWithValues: metadata.products.map { ($0.name, $0) })
    hash = checkpoint?.laterHash
    // One after the other: they are to leave the first image a processor.
    content = hash.map { hash in
      Later {
        _ = try hash.value()
        return try PrepackContent.hash(archive)
      }
    }
  }

  /// What the file at `path` says of itself, its tensors unread. Throws as opening it does.
  static func metadata(at path: String) throws -> PrepackMetadata {
    let archive = try SafetensorsArchive(path: path)
    do {
      return try PrepackMetadata(archive.metadata)
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  /// The layouts of its products, each once, as `bf16:64/16/2`.
  package var layouts: [String] { metadata.layouts }
  package var productCount: Int { metadata.products.count }
  /// The hash of the model whose weights these are.
  var model: String { metadata.model }
  package var byteCount: Int { archive.tensors.reduce(0) { $0 + $1.byteCount } }

  /// Waits until all bytes were read. Throws `prepack.damaged` and `prepack.other-model`.
  package func confirm() throws {
    guard try content?.value() ?? PrepackContent.hash(archive) == metadata.content else {
      throw MISTError(
        .prepackDamaged, file: path, "its packed weights are not those that were written",
        advice: PrepackMetadata.again)
    }
    if let hash, try hash.value() != metadata.model { throw otherModel("they have another hash") }
  }

  /// The packed weights of product `name`; nil where the file has none in `layout`. Throws `prepack.other-model`.
  func weights(of name: String, _ shape: ProductShape, _ layout: PackedLayout) throws -> PackedWeights? {
    guard let product = products[name], product.layout == layout.text else { return nil }
    guard product.columns == shape.columns, product.depth == shape.depth else {
      throw otherModel(
        "\(quoted(name)) is \(shape.columns) × \(shape.depth) in it, and was packed as "
          + "\(product.columns) × \(product.depth)")
    }
    func pointer(_ part: String) throws -> UnsafeRawPointer? {
      guard archive.info(name + part) != nil else { return nil }
      // Valid for as long as the file is mapped, which the weights own.
      return try archive.withBytes(of: name + part) { $0.baseAddress }
    }
    guard let panels = try pointer(PrepackContent.panels) else { return nil }
    return PackedWeights(
      layout, columns: product.columns, depth: product.depth, panels: panels,
      scales: try pointer(PrepackContent.scales)?.assumingMemoryBound(to: Float.self),
      sums: try pointer(PrepackContent.sums)?.assumingMemoryBound(to: Float.self), owners: [self])
  }

  private func otherModel(_ reason: String) -> MISTError {
    MISTError(
      .prepackOtherModel, file: path,
      "it was packed of another model's weights than those beside it: \(reason)",
      advice: PrepackMetadata.again)
  }

  /// Every product's tensors are there, of their sizes and on a kernel's boundaries, and nothing else.
  private static func check(_ archive: SafetensorsArchive, _ metadata: PrepackMetadata) throws {
    var expected = Set<String>()
    for product in metadata.products {
      guard let layout = PackedLayout(text: product.layout) else {
        throw PrepackMetadata.bad("mist.products", "has a layout \(quoted(product.layout)), which none is")
      }
      for tensor in try PrepackContent.tensors(product.name, product.columns, product.depth, layout) {
        expected.insert(tensor.name)
        let place = "tensor \(quoted(tensor.name))"
        guard let found = archive.info(tensor.name) else {
          throw MISTError(
            .prepackMissingTensor, at: place, "its product is named, and it is missing",
            advice: PrepackMetadata.again)
        }
        guard found == tensor else {
          throw MISTError(
            .prepackWrongSize, at: place,
            "expected \(tensor.dtype.rawValue) \(tensor.shape), found \(found.dtype.rawValue) \(found.shape)",
            advice: PrepackMetadata.again)
        }
        let boundary = tensor.dtype == .u8 ? 64 : 4
        guard try archive.withBytes(of: tensor.name, { Int(bitPattern: $0.baseAddress) % boundary }) == 0
        else {
          throw MISTError(
            .prepackMisaligned, at: place, "it does not begin at a multiple of \(boundary) bytes",
            advice: PrepackMetadata.again)
        }
      }
    }
    if let other = archive.tensors.first(where: { !expected.contains($0.name) }) {
      throw MISTError(
        .prepackUnexpectedTensor, at: "tensor \(quoted(other.name))", "no product has it",
        advice: PrepackMetadata.again)
    }
  }
}
