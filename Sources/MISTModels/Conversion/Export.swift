import MISTFormats

/// From a canonical checkpoint to a foreign convention's names and layout: the same tables read the other way.
extension Conversion {
  /// Writes `checkpoint` under the names of `convention`, all behind `prefix` (what lies beside the backbone
  /// behind the prefix without its last component), keeping its element types. What the convention ignores (classification
  /// heads, mask tokens) a canonical checkpoint does not have.
  /// Throws `convert.unsupported-model` when the convention has no name for one of its tensors.
  public static func export(
    _ checkpoint: CanonicalCheckpoint, to convention: Convention, prefix: String = "", path: String
  ) throws {
    let archive = checkpoint.archive
    let (configuration, table) = (checkpoint.configuration, NameTable(canonical: convention))
    let stack = PrefixStack(prefix, separator: convention.separator)
    let heads = configuration.vit?.heads ?? 1
    var pieces: [Piece] = []
    for (name, shape) in configuration.tensors {
      guard let (number, index) = table.row(for: name, in: configuration, of: convention),
        let stored = archive.info(name)
      else {
        throw MISTError(
          .convertUnsupportedModel, file: archive.path, at: "tensor \(quoted(name))",
          "convention \(convention.name) has no name for it")
      }
      let row = convention.rows[number]
      if row.transform == .zeros { try requireZeros(stored, archive, convention) }
      let parts = row.foreign.count
      for (part, foreign) in row.foreign.enumerated() {
        let info = TensorInfo(
          name: (row.isBeside ? stack.beside : stack.text) + NamePattern.name(foreign, at: index),
          dtype: stored.dtype, shape: row.transform.foreignShape(of: shape, parts: parts, heads: heads))
        pieces.append(
          Piece(
            info: info, canonical: name, part: part, parts: parts, place: row.transform.firstPart,
            reversal: row.transform.reversal(of: shape, parts: parts)))
      }
    }
    // By name: the order in which the safetensors package writes tensors of one type. Pieces of one tensor in their order.
    pieces.sort { ($0.info.name, $0.place) < ($1.info.name, $1.place) }
    let tensors = pieces.filter { $0.place == 0 }.map(\.info)
    if let mixed = Set(pieces.map(\.info)).subtracting(tensors).first {
      throw MISTError(
        .convertUnsupportedModel, file: archive.path, at: "tensor \(quoted(mixed.name))",
        "convention \(convention.name) makes it of several tensors, and they have different element types",
        advice: "convert the model to one type (--dtype)")
    }
    if convention.isNPZ {
      var writer = try NPZWriter(path: path, tensors: tensors)
      try write(pieces, of: archive, to: &writer)
    } else {
      var writer = try SafetensorsWriter(path: path, tensors: tensors, metadata: ["format": "pt"])
      try write(pieces, of: archive, to: &writer)
    }
  }

  /// One foreign tensor, or what a canonical one has of it, and the part of the canonical one that it is.
  private struct Piece {
    let info: TensorInfo
    let canonical: String
    let part, parts: Int
    /// Where the foreign tensor is made of several canonical ones: this one's place among them.
    let place: Int
    let reversal: AxisReversal?
  }

  private static func write(
    _ pieces: [Piece], of archive: any TensorArchive, to writer: inout some TensorWriter
  ) throws {
    for piece in pieces {
      try archive.withBytesOnce(of: piece.canonical) { bytes in
        let size = bytes.count / piece.parts
        let slice = UnsafeRawBufferPointer(rebasing: bytes[piece.part * size..<(piece.part + 1) * size])
        guard let reversal = piece.reversal else { return try writer.append(piece.info.name, slice) }
        try reversal.forEachBand(of: slice, size: piece.info.dtype.size) {
          try writer.append(piece.info.name, $0)
        }
      }
    }
    try writer.finish()
  }

  private static func requireZeros(
    _ tensor: TensorInfo, _ archive: any TensorArchive, _ convention: Convention
  ) throws {
    let values = try archive.withBytesOnce(of: tensor.name) {
      try FloatConversion.floats($0, dtype: tensor.dtype)
    }
    guard values.allSatisfy({ $0 == 0 }) else {
      throw MISTError(
        .convertUnsupportedModel, file: archive.path, at: "tensor \(quoted(tensor.name))",
        "convention \(convention.name) has no name for it, and it is not zero")
    }
  }
}
