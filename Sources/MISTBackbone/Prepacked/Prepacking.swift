import MISTFormats
import MISTModels

/// Packed weights beside a model's file: written once, found again whenever the model is opened.
package enum Prepacking {
  /// Where the packed weights of the model at `model` are for `precision`.
  package static func path(of model: String, _ precision: Precision) -> String {
    "\(model).prepack-\(precision.rawValue)"
  }

  /// All those beside the model at `model`. Throws as `PrepackedFile` does.
  package static func beside(_ model: String) throws -> [PrepackedFile] {
    try paths(beside: model).map { try PrepackedFile(path: $0, of: nil) }
  }

  private static func paths(beside model: String) -> [String] {
    Precision.allCases.map { path(of: model, $0) }.filter(FileStatus.exists)
  }

  /// Files of packed weights beside `checkpoint` that are not of its weights, or damaged.
  package static func stale(_ checkpoint: CanonicalCheckpoint) throws -> [String] {
    let paths = paths(beside: checkpoint.archive.path)
    if paths.isEmpty { return [] }
    let hash = try checkpoint.modelHash()
    return paths.filter { (try? PrepackedFile(path: $0, of: nil))?.model != hash }
  }

  /// Opens the packed weights at `path` alone; with `verify` their bytes are read, and the model beside them too, where it is there.
  /// Throws as `PrepackedFile` and its `confirm` do.
  package static func open(_ path: String, verify: Bool) throws -> PrepackedFile {
    let file = try PrepackedFile(path: path, of: nil)
    guard verify else { return file }
    let ending = ".prepack-\(file.precision.rawValue)"
    let model = path.hasSuffix(ending) ? String(path.dropLast(ending.count)) : ""
    let opened =
      FileStatus.exists(model) ? try PrepackedFile(path: path, of: CanonicalCheckpoint.open(model)) : file
    try opened.confirm()
    return opened
  }

  /// Finds those beside `checkpoint` for `precision`; nil where there are none, or where they do not fit the kernels that `backend` has
  /// here, which `note` says. Throws as `PrepackedFile` does.
  package static func find(
    _ checkpoint: CanonicalCheckpoint, _ backend: ProductBackend, _ precision: Precision
  ) throws -> (path: String?, note: String?) {
    let path = path(of: checkpoint.archive.path, precision)
    guard FileStatus.exists(path) else { return (nil, nil) }
    let metadata = try PrepackedFile.metadata(at: path)
    guard metadata.precision == precision else {
      return (nil, "\(path) is passed over: it was packed for \(metadata.precision.rawValue)")
    }
    let known = Set(Precision.allCases.compactMap { PackedLayout(ActivationElement($0), backend)?.text })
    guard known.isSuperset(of: metadata.layouts) else {
      let wanted = PackedLayout(ActivationElement(precision), backend)?.text ?? "weights that are not packed"
      return (
        nil,
        "\(path) is passed over: its weights are packed as \(metadata.layouts.joined(separator: ", ")), and the kernels here take \(wanted)"
      )
    }
    return (path, nil)
  }

  /// Throws `backbone.precision` where this processor has no kernels in `precision` that take packed weights.
  package static func check(_ precision: Precision) throws {
    guard precision.isNative else {
      throw MISTError(
        .backbonePrecision, "products in \(precision.rawValue) do not run natively on this processor",
        advice: "pack the weights where they will be used")
    }
    guard PackedLayout(ActivationElement(precision), .automatic) != nil else {
      throw MISTError(
        .backbonePrecision,
        "\(ProductBackend.automatic.description) takes weights in \(precision.rawValue) as they are, so there is nothing to pack",
        advice: "leave --prepack out")
    }
  }

  /// Packs the weights of `checkpoint` for products in `precision` by this processor's kernels, beside its file. Returns the bytes written.
  /// Throws as `check`, and what opening and writing throw.
  package static func write(_ checkpoint: CanonicalCheckpoint, _ precision: Precision) throws -> Int {
    try check(precision)
    let recorder = PrepackRecorder()
    _ = try Backbones.open(checkpoint, precision: precision, recorder: recorder)
    let weights = recorder.weights
    let path = path(of: checkpoint.archive.path, precision)
    return try write(weights, precision, model: checkpoint.modelHash(), to: path)
  }

  private static func write(
    _ weights: [(name: String, weights: PackedWeights)], _ precision: Precision, model: String,
    to path: String
  ) throws -> Int {
    // The widest first, so that all are aligned.
    var parts: [(info: TensorInfo, bytes: UnsafeRawBufferPointer)] = []
    for (name, packed) in weights {
      let sources = [packed.panels, UnsafeRawPointer(packed.scales), UnsafeRawPointer(packed.sums)]
      for (info, source) in zip(
        try PrepackContent.tensors(name, packed.columns, packed.depth, packed.layout), sources)
      {
        parts.append((info, UnsafeRawBufferPointer(start: source, count: info.byteCount)))
      }
    }
    parts = parts.filter { $0.info.dtype == .u8 } + parts.filter { $0.info.dtype != .u8 }
    // What the parts are views of lives as long as `weights`.
    return try withExtendedLifetime(weights) {
      var hash = ContentHash()
      for part in parts {
        hash.update(part.info.name + "\n")
        hash.update(part.bytes)
      }
      let metadata = PrepackMetadata(
        precision: precision, model: model, content: hash.finalize(),
        products: weights.map {
          .init(
            name: $0.name, columns: $0.weights.columns, depth: $0.weights.depth,
            layout: $0.weights.layout.text)
        })
      var writer = try SafetensorsWriter(
        path: path, tensors: parts.map(\.info), metadata: metadata.encoded, alignment: 64)
      for part in parts { try writer.append(part.info.name, part.bytes) }
      try writer.finish()
      return parts.reduce(0) { $0 + $1.bytes.count }
    }
  }
}
